import type { Scaffolder } from '../lib/peers.ts'
import { must, run } from '../lib/run.ts'
import type { Stage } from '../lib/stage.ts'
import { countFiles, FLOOR, overFloor } from './speed.ts'

// The system counts, and tells the parent at the end. The parent has to be smaller than Node: Linux counts what a process
// was before it became another program.
const WITNESS = `
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=sys.stderr)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
`
const UNIT = process.platform === 'darwin' ? 1 : 1024

/** Bytes in memory at the peak of a scaffold: those of its largest process, where it starts others. */
export async function measureMemory(scaffolders: Scaffolder[], stage: Stage, rounds: number) {
  const candidates = scaffolders.map((scaffolder) => [
    scaffolder.name,
    () =>
      stage.inNewDirectory(async (cwd) => {
        const args = ['-c', WITNESS, process.execPath, scaffolder.bin, ...scaffolder.scaffold]
        const result = await run('python3', args, { cwd, env: stage.env })
        countFiles(result, cwd)
        return Number(result.stdout) * UNIT
      }),
  ])
  const floor = async () => {
    const { stdout } = await must('python3', ['-c', WITNESS, process.execPath, '-e', '0'], { env: stage.env })
    return Number(stdout) * UNIT
  }
  return overFloor(rounds, { [FLOOR]: floor, ...Object.fromEntries(candidates) })
}

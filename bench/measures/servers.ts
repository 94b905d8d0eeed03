import { announced, startBare } from '../lib/jupyter.ts'
import type { Project, Shell } from '../lib/project.ts'
import { allSeries, difference, interleave, ratio, type Samples } from '../lib/rounds.ts'

/**
 * From the command to a JupyterLab that answers, with an idle kernel in it from the command to its end, and what the
 * commands take over `python -c 0` when nothing runs.
 */
export async function measureServers(project: Project, shell: Shell, rounds: number) {
  project.world.endings.push(() => shell.must('lab', 'stop'))
  const stopped: Samples = { bare: [], fromOutside: [], inShell: [] }

  /** Start outside with ./start and ./stop, or inside the shell with `lab`. */
  const candidates = {
    bare: async () => {
      const { server, milliseconds, stop } = await startBare(project, shell)
      await server.openKernel(shell)
      stopped.bare?.push(await stop())
      return milliseconds
    },
    fromOutside: async () => {
      const { stdout, milliseconds } = await project.script('start', '--no-open')
      await announced(stdout, shell).openKernel(shell)
      stopped.fromOutside?.push((await project.script('stop')).milliseconds)
      return milliseconds
    },
    inShell: async () => {
      const { stdout, milliseconds } = await shell.must('lab', 'start', '--no-open')
      await announced(stdout, shell).openKernel(shell)
      stopped.inShell?.push((await shell.must('lab', 'stop')).milliseconds)
      return milliseconds
    },
  }
  // Once for nothing: Python compiles what came from PyPI.
  await candidates.fromOutside()
  stopped.fromOutside = []

  const samples = await interleave(rounds, candidates)
  const quiet = await interleave(rounds, {
    python: async () => (await shell.must(shell.facts.python, '-c', '0')).milliseconds,
    stop: async () => (await project.script('stop')).milliseconds,
    status: async () => (await project.script('lab', 'status')).milliseconds,
  })
  return {
    start: {
      milliseconds: allSeries(samples),
      startOverBare: ratio(samples.fromOutside, samples.bare),
      labOverBare: ratio(samples.inShell, samples.bare),
    },
    stop: { milliseconds: allSeries(stopped) },
    quiet: { stop: difference(quiet.stop, quiet.python), status: difference(quiet.status, quiet.python) },
  }
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Scaffolder } from '../lib/peers.ts'
import { run } from '../lib/run.ts'
import type { Stage } from '../lib/stage.ts'
import { countFiles } from './speed.ts'

/**
 * Whether a scaffold asks the network, and how many other programs it starts, as the kernel saw it. With a new home, since
 * some ask once a day.
 */
export async function measureManners(scaffolders: Scaffolder[], stage: Stage) {
  const manners: { [name: string]: { network: boolean; programs: number } } = {}
  const failures: { [name: string]: string } = {}
  for (const { name, bin, scaffold } of scaffolders) {
    try {
      manners[name] = await stage.inNewDirectory((cwd) => watch([bin, ...scaffold], cwd, stage))
    } catch (error) {
      failures[name] = error instanceof Error ? error.message : String(error)
    }
  }
  return { manners, failures }
}

async function watch(args: string[], cwd: string, stage: Stage) {
  const log = join(stage.newDirectory(), 'calls')
  const tracing = ['-f', '-qq', '-e', 'trace=connect,execve', '-o', log]
  const result = await run('strace', [...tracing, process.execPath, ...args], { cwd, env: stage.newEnvironment() })
  countFiles(result, cwd)
  const lines = readFileSync(log, 'utf8').split('\n')
  const executed = lines.filter((line) => /^\d+ +(execve\(|<\.\.\. execve resumed).* = 0$/.test(line))
  const processes = new Set(executed.map((line) => line.split(' ')[0]))
  return {
    network: lines.some((line) => /connect\(\d+, \{sa_family=AF_INET6?,/.test(line)),
    programs: processes.size - 1,
  }
}

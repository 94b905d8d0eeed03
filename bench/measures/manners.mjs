import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../lib/run.mjs'
import { countFiles } from './speed.mjs'

/**
 * Whether a scaffold asks the network, and how many other programs it starts, as the kernel saw it. With a new home, since
 * some ask once a day.
 * @param {import('../lib/peers.mjs').Scaffolder[]} scaffolders
 * @param {import('../lib/stage.mjs').Stage} stage
 */
export async function measureManners(scaffolders, stage) {
  /** @type {{ [name: string]: { network: boolean, programs: number } }} */
  const manners = {}
  /** @type {{ [name: string]: string }} */
  const failures = {}
  for (const { name, bin, scaffold } of scaffolders) {
    try {
      manners[name] = await stage.inNewFolder((cwd) => watch([bin, ...scaffold], cwd, stage))
    } catch (error) {
      failures[name] = error instanceof Error ? error.message : String(error)
    }
  }
  return { manners, failures }
}

/**
 * @param {string[]} args
 * @param {string} cwd
 * @param {import('../lib/stage.mjs').Stage} stage
 */
async function watch(args, cwd, stage) {
  const log = join(stage.newFolder(), 'calls')
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

import { existsSync } from 'node:fs'
import { Failure, systemError } from './errors.js'

/** What the rooms of the program may know of the machine; the front doors read it from `process`, once. */
export interface Host {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: string
  readonly arch: string
  readonly pid: number
  /** The Node that runs this program. */
  readonly node: string
  /** The user that this process works for; Windows has no number for that. */
  readonly uid: number | undefined
  /** Whether a process of this machine is alive. */
  readonly isRunning: (pid: number) => boolean
  /** Sends a signal to a process that leads a group, and to all in the group. */
  readonly signalGroup: (leader: number, signal: NodeJS.Signals) => void
}

/** Reads the host from a `process`. A current directory that was deleted reads as an empty string. */
export function readHost(
  from: Pick<NodeJS.Process, 'cwd' | 'env' | 'platform' | 'arch' | 'pid' | 'execPath' | 'kill' | 'geteuid'>,
): Host {
  const isRunning = (pid: number) => {
    try {
      return from.kill(pid, 0)
    } catch (error) {
      return systemError(error).code !== 'ESRCH'
    }
  }
  const signalGroup = (leader: number, signal: NodeJS.Signals) => {
    try {
      from.kill(from.platform === 'win32' ? leader : -leader, signal)
    } catch {
      // All of them have ended.
    }
  }
  const { env, platform, arch, pid, execPath: node } = from
  return { cwd: currentDirectory(from), env, platform, arch, pid, node, uid: from.geteuid?.(), isRunning, signalGroup }
}

function currentDirectory(from: Pick<NodeJS.Process, 'cwd'>): string {
  try {
    return from.cwd()
  } catch {
    return ''
  }
}

/** @throws {Failure} where the current directory was deleted, or has a name that Node cannot hold */
export function refuseLostDirectory({ cwd }: Pick<Host, 'cwd'>): void {
  if (!cwd) throw new Failure('failed', 'The current directory no longer exists.', { next: ['Next: cd ~'] })
  if (!cwd.includes('\uFFFD') || existsSync(cwd)) return
  throw new Failure('failed', `The name of a directory on this path is not in UTF-8: ${cwd}`, {
    next: ['Next: sh start    (in a project: it prints the command that renames that directory)'],
  })
}

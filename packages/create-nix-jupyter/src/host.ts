import { systemError } from './errors.js'

/** What the rooms of the program may know of the machine; the front doors read it from `process`, once. */
export interface Host {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: string
  readonly pid: number
  /** Whether a process of this machine is alive. */
  readonly isRunning: (pid: number) => boolean
}

/** Reads the host from a `process`. A current folder that was deleted reads as an empty string. */
export function readHost(from: Pick<NodeJS.Process, 'cwd' | 'env' | 'platform' | 'pid' | 'kill'>): Host {
  const isRunning = (pid: number) => {
    try {
      return from.kill(pid, 0)
    } catch (error) {
      return systemError(error).code !== 'ESRCH'
    }
  }
  return { cwd: currentFolder(from), env: from.env, platform: from.platform, pid: from.pid, isRunning }
}

function currentFolder(from: Pick<NodeJS.Process, 'cwd'>): string {
  try {
    return from.cwd()
  } catch {
    return ''
  }
}

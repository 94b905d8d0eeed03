import type { ChildProcess } from 'node:child_process'
import { begin, type Result, type RunOptions, succeeded } from '../../tests/support/run.ts'

/** What runs right now, so that an interrupted benchmark leaves nothing behind. */
const running = new Set<ChildProcess>()

/** Start a command and let it run, as the leader of a process group of its own. */
export function start(command: string, args: string[], options: RunOptions): ReturnType<typeof begin> {
  const started = begin(command, args, { ...options, isLeader: true })
  running.add(started.child)
  started.child.once('exit', () => running.delete(started.child))
  return started
}

/**
 * Run a command to its end, with nothing on its standard input. The clock stops when the command ends, even where a server that
 * it has left running still holds its output.
 */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<Result> {
  return start(command, args, options).ended
}

/** Like `run`, but a failure of the command is an error that shows its output. */
export async function must(command: string, args: string[], options?: RunOptions): Promise<Result> {
  return succeeded(command, args, await run(command, args, options))
}

/** End whatever a command has not ended by itself. */
export function endAll(): void {
  for (const { pid } of running) {
    try {
      if (pid) process.kill(-pid, 'SIGKILL')
    } catch {
      // It has ended meanwhile.
    }
  }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'

/** What a finished command left behind. `code` is null where a signal ended it. */
export type Result = {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  milliseconds: number
}

export type RunOptions = {
  cwd?: string
  env?: NodeJS.ProcessEnv
  /** Text for standard input; without it, standard input is empty. */
  input?: string
  /** Whether it leads a process group of its own, by which all that it has started can be ended. */
  isLeader?: boolean
}

/** After this a command counts as hanging and is killed: torch on a busy machine takes its time. */
const HANGS_MS = 900_000

/**
 * Start a command without a terminal.
 * @returns the process; `ended` when it has ended, where a server that it has left running may still hold its output; `closed`
 *   when nobody can write any more. Both fail where the command cannot be started.
 */
export function begin(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): { child: ChildProcess; ended: Promise<Result>; closed: Promise<Result> } {
  const started = performance.now()
  const input = options.input === undefined ? 'ignore' : 'pipe'
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: [input, 'pipe', 'pipe'],
    detached: options.isLeader ?? false,
  })
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(options.input)
  const at = (event: 'exit' | 'close') =>
    new Promise<Result>((resolve, reject) => {
      child.on('error', reject)
      child.on(event, async (code: number | null, signal: NodeJS.Signals | null) => {
        const milliseconds = performance.now() - started
        await pause(0) // the last chunk of a pipe can arrive after `exit`
        // Tests show standard error when something else ended than was expected.
        if (signal) stderr += `\nprocess ${child.pid} was ended by ${signal}: ${command} ${args.join(' ')}`
        resolve({ code, signal, stdout, stderr, milliseconds })
      })
    })
  const closed = at('close')
  // Who waits for the end alone is told there that the command cannot be started.
  closed.catch(() => undefined)
  return { child, ended: at('exit'), closed }
}

/**
 * Run a command to its end, without a terminal.
 * @throws Error where the command cannot be started, or hangs.
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
  const { child, ended } = begin(command, args, options)
  let hangs = false
  const timer = setTimeout(() => {
    hangs = true
    child.kill('SIGKILL')
  }, HANGS_MS)
  const result = await ended.finally(() => clearTimeout(timer))
  if (hangs) throw new Error(`hangs: ${command} ${args.join(' ')}\n${result.stdout}\n${result.stderr}`)
  return result
}

/** Like `run`, but a failure of the command is an error that shows its output. Gives standard output. */
export async function must(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return succeeded(command, args, await run(command, args, options)).stdout
}

/** @throws Error that shows the output of a command that failed */
export function succeeded(command: string, args: readonly string[], result: Result): Result {
  if (result.code === 0) return result
  throw new Error(`${command} ${args.join(' ')} ended with ${result.code}\n${result.stdout}\n${result.stderr}`)
}

/**
 * Ask again until there is an answer, at most for `seconds`: for what hangs, since many tests share the machine.
 * @param what is waited for; a function where it says more in the end than at the beginning
 * @param question gives the answer, or undefined for "not yet"; an error counts as "not yet"
 * @param everyMs between two questions at least; who asks costs what is waited for at most a third of the time
 * @throws Error with `what`, and the last error, when time is up
 */
export async function until<T>(
  what: string | (() => string),
  question: () => Promise<T | undefined>,
  seconds = 180,
  everyMs = 50,
): Promise<T> {
  const end = performance.now() + seconds * 1000
  let last: unknown
  while (performance.now() < end) {
    const asked = performance.now()
    try {
      const answer = await question()
      if (answer !== undefined) return answer
    } catch (error) {
      last = error
    }
    await pause(Math.max(everyMs, 2 * (performance.now() - asked)))
  }
  throw new Error(
    `waited ${seconds} s in vain: ${typeof what === 'string' ? what : what()}${last ? ` (${String(last)})` : ''}`,
  )
}

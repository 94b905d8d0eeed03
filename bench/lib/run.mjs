import { spawn } from 'node:child_process'

/**
 * @typedef {{ cwd?: string | undefined, env?: NodeJS.ProcessEnv | undefined, timeout?: number }} RunOptions
 * @typedef {{ code: number | null, stdout: string, stderr: string, milliseconds: number }} Result
 */

/** What runs right now, so that an interrupted benchmark leaves nothing behind. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set()

/**
 * Run a command to its end, with nothing on its standard input.
 * The clock stops when the command ends, even where a server that it has left running still holds its output.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<Result>}
 */
export async function run(command, args, { cwd, env, timeout = 300_000 } = {}) {
  const started = performance.now()
  const child = start(command, args, { cwd, env })
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const timer = setTimeout(() => endGroup(child, 'SIGKILL'), timeout)
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', resolve)
  }).finally(() => clearTimeout(timer))
  const milliseconds = performance.now() - started
  // What it wrote last can arrive after its end.
  await new Promise((resolve) => setImmediate(resolve))
  return { code, stdout, stderr, milliseconds }
}

/**
 * Like `run`, but a failure of the command is an error that shows its output.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<Result>}
 */
export async function must(command, args, options) {
  const result = await run(command, args, options)
  if (result.code === 0) return result
  throw new Error(`${command} ${args.join(' ')} ended with ${result.code}\n${result.stdout}\n${result.stderr}`)
}

/**
 * Start a command and let it run, as the leader of a process group of its own.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} options
 */
export function start(command, args, { cwd, env }) {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** End whatever a command of `start` or `run` has not ended by itself. */
export function endAll() {
  for (const child of running) endGroup(child, 'SIGKILL')
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function endGroup(child, signal) {
  try {
    if (child.pid) process.kill(-child.pid, signal)
  } catch {
    // It has ended meanwhile.
  }
}

/**
 * Ask again until the answer is yes.
 * @param {string} what for the message when it never is
 * @param {() => Promise<boolean>} question a refusal counts as "not yet"; what it throws at once, ends the waiting
 * @param {number} [seconds]
 */
export async function until(what, question, seconds = 120) {
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    if (await question().catch(() => false)) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`waited ${seconds} s in vain: ${what}`)
}

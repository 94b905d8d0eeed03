import { spawn } from 'node:child_process'
import { spawn as spawnInTerminal } from '@lydell/node-pty'

/**
 * How a program is started.
 * @typedef {object} Start
 * @property {string[]} command
 * @property {string} cwd
 * @property {NodeJS.ProcessEnv} env
 * @property {Answer[]} [answers] each given once, when its question is asked; without any, there is nothing on the input
 * @property {boolean} [terminal] a real one
 * @property {string} [whenQuiet] keys that are typed once, when it has said something and then nothing for a while
 * @property {boolean} [silent] the input stays open, and nothing ever comes
 * @property {number} [user] who runs it
 * @property {number} [limit] milliseconds
 *
 * @typedef {{ after: RegExp, keys: string, last?: boolean }} Answer after the last one the input ends
 * @typedef {{ code: number | null, signal: string | null, hangs: boolean, output: string, stdout: string }} Ended
 * @typedef {{ pid: number, ended: Promise<Ended>, type: (keys: string) => void, end: (signal: NodeJS.Signals) => void }} Running
 */

/** Longer than any run here takes by itself: what has not ended by then, waits for something that never comes. */
export const LIMIT = 20_000

/** So long after its last word, a program waits for an answer. */
const QUIET = 1000

/** What runs right now. @type {Set<() => void>} */
const running = new Set()

/** End what an interrupted run of the table has not ended. */
export function endAll() {
  for (const end of running) end()
}

/** @param {Start} start @returns {Promise<Ended>} */
export function launch(start) {
  return begin(start).ended
}

/**
 * Start a program as the leader of a process group of its own; whatever of the group is left at its end is ended too.
 * @param {Start} start
 * @returns {Running}
 */
export function begin(start) {
  const process = start.terminal ? inTerminal(start) : withPipes(start)
  const answers = [...(start.answers ?? [])]
  let output = ''
  let stdout = ''
  /** @type {NodeJS.Timeout | undefined} */
  let quiet
  process.onText((text, channel) => {
    output += text
    clearTimeout(quiet)
    if (start.whenQuiet) quiet = setTimeout(() => process.type(start.whenQuiet ?? ''), QUIET)
    if (channel === 'stdout') stdout += text
    const next = answers.findIndex(({ after }) => after.test(output))
    for (const { keys, last } of next < 0 ? [] : answers.splice(next, 1)) process.type(keys, last)
  })
  /** @param {NodeJS.Signals} signal */
  const end = (signal) => endGroup(process.pid, signal)
  const kill = () => end('SIGKILL')
  running.add(kill)
  let hangs = false
  const timer = setTimeout(() => {
    hangs = true
    kill()
  }, start.limit ?? LIMIT)
  const ended = process.exited
    .then(async ({ code, signal }) => {
      kill()
      // What it wrote last can arrive after its end.
      await new Promise((resolve) => setTimeout(resolve, 5))
      return { code, signal, hangs, output, stdout }
    })
    .finally(() => {
      clearTimeout(timer)
      clearTimeout(quiet)
      running.delete(kill)
    })
  return { pid: process.pid, ended, end, type: process.type }
}

/**
 * @typedef {{ code: number | null, signal: string | null }} Exit
 * @typedef {object} Process
 * @property {number} pid
 * @property {(listener: (text: string, channel: string) => void) => void} onText
 * @property {(keys: string, last?: boolean) => void} type
 * @property {Promise<Exit>} exited
 */

/** @param {Start} start @returns {Process} */
function withPipes({ command: [file = '', ...args], cwd, env, answers, silent, user }) {
  const identity = user === undefined ? {} : { uid: user, gid: user }
  const input = answers?.length || silent ? 'pipe' : 'ignore'
  const child = spawn(file, args, { cwd, env, stdio: [input, 'pipe', 'pipe'], detached: true, ...identity })
  child.stdin?.on('error', () => {})
  return {
    pid: child.pid ?? 0,
    onText(listener) {
      for (const channel of /** @type {const} */ (['stdout', 'stderr']))
        child[channel]?.setEncoding('utf8').on('data', (text) => listener(text, channel))
    },
    type(keys, last) {
      if (last) child.stdin?.end(keys)
      else child.stdin?.write(keys)
    },
    exited: new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (code, signal) => resolve({ code, signal }))
    }),
  }
}

/** @param {Start} start @returns {Process} */
function inTerminal({ command: [file = '', ...args], cwd, env }) {
  const child = spawnInTerminal(file, args, { name: env.TERM ?? 'xterm', cols: 120, rows: 40, cwd, env })
  return {
    pid: child.pid,
    onText: (listener) => void child.onData((text) => listener(text, 'stdout')),
    type: (keys) => child.write(keys),
    exited: new Promise((resolve) => {
      child.onExit(({ exitCode, signal }) =>
        resolve(signal ? { code: null, signal: `signal ${signal}` } : { code: exitCode, signal: null }),
      )
    }),
  }
}

/** @param {number} pid @param {NodeJS.Signals} signal */
function endGroup(pid, signal) {
  try {
    if (pid) process.kill(-pid, signal)
  } catch {
    // It has ended meanwhile.
  }
}

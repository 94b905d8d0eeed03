import { spawn } from 'node:child_process'
import { openTerminal } from './terminal.ts'

/** How a program is started. */
export type Start = {
  command: string[]
  cwd: string
  env: NodeJS.ProcessEnv
  /** each given once, when its question is asked; without any, there is nothing on the input */
  answers?: Answer[]
  /** a real one */
  terminal?: boolean
  /** keys that are typed once, when it has said something and then nothing for a while */
  whenQuiet?: string
  /** the input stays open, and nothing ever comes */
  silent?: boolean
  /** who runs it */
  user?: number
  /** milliseconds after which it is ended, as one that hangs */
  limit: number
}

/** after the last one the input ends */
export type Answer = { after: RegExp; keys: string; last?: boolean }

export type Ended = { code: number | null; signal: string | null; hangs: boolean; output: string; stdout: string }

export type Running = {
  pid: number
  ended: Promise<Ended>
  type: (keys: string) => void
  end: (signal: NodeJS.Signals) => void
}

/** So long after its last word, a program waits for an answer. */
const QUIET = 1000

/** What runs right now. */
const running: Set<() => void> = new Set()

/** End what an interrupted run of the table has not ended. */
export function endAll() {
  for (const end of running) end()
}

/** Start a program as the leader of a process group of its own; whatever of the group is left at its end is ended too. */
export function begin(start: Start): Running {
  const process = start.terminal ? inTerminal(start) : withPipes(start)
  const answers = [...(start.answers ?? [])]
  let output = ''
  let stdout = ''
  let quiet: NodeJS.Timeout | undefined
  process.onText((text, channel) => {
    output += text
    clearTimeout(quiet)
    if (start.whenQuiet) quiet = setTimeout(() => process.type(start.whenQuiet ?? ''), QUIET)
    if (channel === 'stdout') stdout += text
    const next = answers.findIndex(({ after }) => after.test(output))
    for (const { keys, last } of next < 0 ? [] : answers.splice(next, 1)) process.type(keys, last)
  })
  const end = (signal: NodeJS.Signals) => endGroup(process.pid, signal)
  const kill = () => end('SIGKILL')
  running.add(kill)
  let hangs = false
  const timer = setTimeout(() => {
    hangs = true
    kill()
  }, start.limit)
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

export type Exit = { code: number | null; signal: string | null }

export type Process = {
  pid: number
  onText: (listener: (text: string, channel: string) => void) => void
  type: (keys: string, last?: boolean) => void
  exited: Promise<Exit>
}

function withPipes({ command: [file = '', ...args], cwd, env, answers, silent, user }: Start): Process {
  const identity = user === undefined ? {} : { uid: user, gid: user }
  const input = answers?.length || silent ? 'pipe' : 'ignore'
  const child = spawn(file, args, { cwd, env, stdio: [input, 'pipe', 'pipe'], detached: true, ...identity })
  child.stdin?.on('error', () => {})
  return {
    pid: child.pid ?? 0,
    onText(listener) {
      for (const channel of ['stdout', 'stderr'] as const)
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

function inTerminal({ command, cwd, env }: Start): Process {
  const session = openTerminal(command, { cwd, env, cols: 120 })
  return {
    pid: session.pid,
    onText: (listener) => session.onText((text) => listener(text, 'stdout')),
    type: (keys) => session.type(keys),
    exited: session.ended.then(({ exitCode, signal }) =>
      signal ? { code: null, signal: `signal ${signal}` } : { code: exitCode, signal: null },
    ),
  }
}

function endGroup(pid: number, signal: NodeJS.Signals) {
  try {
    if (pid) process.kill(-pid, signal)
  } catch {
    // It has ended meanwhile.
  }
}

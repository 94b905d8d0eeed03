import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { entry } from './program.ts'
import type { Result } from './run.ts'

// Faults from below: strace fails, or ends the program at, one system call of its main thread, in which all that it does
// to files happens. Git is not traced.

/** What a run under strace came to. */
type Ended = Omit<Result, 'milliseconds'>

/** The `count`-th call of this name. */
export interface Call {
  readonly name: string
  readonly count: number
  /** As strace writes it, for the message of a test that fails. */
  readonly text: string
  /** Whether nobody else in the run makes so many calls of this name: no other thread does, and no other process is started. */
  readonly isTold?: boolean
}

const CALLS =
  'openat,read,write,close,fsync,fchmod,chmod,mkdir,rmdir,rename,link,unlink,symlink,readlink,access,getdents64'
/** With which Node's threads wake each other. */
export const WAKES: readonly string[] = ['read', 'write']
const LOOKS = 'newfstatat,statx,fstat,lstat,stat'
const TRACED = `${CALLS},${LOOKS}`

/** The calls of a run that name something in `directory`, in their order, and what the run came to. */
export async function record(
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
  directory: string,
): Promise<{ calls: Call[]; ran: Ended }> {
  const output = mkdtempSync(path.join(path.dirname(directory), 'strace-'))
  // A file for each thread and process: the lines of one are not torn apart by those of another.
  const file = ['-ff', '-o', path.join(output, 'of')]
  const ran = await traced(['-y', '-s', '300', '-e', `trace=execve,${TRACED}`, ...file], args, cwd, env)
  const all = readdirSync(output).map((name) => readFileSync(path.join(output, name), 'utf8').split('\n'))
  rmSync(output, { recursive: true })
  const isProgram = (lines: string[]) => lines[0]?.startsWith('execve(') && lines[0].includes(`"${entry()}"`)
  const others = all.filter((lines) => !isProgram(lines))
  const isAlone = !others.flat().some((line) => line.startsWith('execve('))
  const most = (name: string) =>
    Math.max(0, ...others.map((lines) => lines.filter((line) => line.startsWith(`${name}(`)).length))
  const counts = new Map<string, number>()
  const calls: Call[] = []
  for (const line of all.find(isProgram) ?? []) {
    const text = line.replace(/AT_FDCWD<[^>]*>/, 'AT_FDCWD')
    const name = /^(\w+)\(/.exec(text)?.[1]
    if (!name) continue
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    if (text.includes(`${directory}/`) || text.includes(`${directory}"`) || text.includes(`${directory}>`))
      calls.push({ name, count, text, isTold: isAlone && !WAKES.includes(name) && count > most(name) })
  }
  return { calls, ran }
}

/** Runs the program with a fault at one call: `error=EIO`, say, or `signal=KILL`; `lasting` for all after it, or for so many. */
export function runWithFault(
  call: Call,
  fault: string,
  lasting: boolean | number,
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Promise<Ended> {
  const last = typeof lasting === 'number' ? `..${call.count + lasting - 1}` : lasting ? '+' : ''
  const inject = `inject=${call.name}:${fault}:when=${call.count}${last}`
  // Node may sleep for good where a thread of its could not wake another: no need to wait long for that.
  const timeout = WAKES.includes(call.name) ? 10_000 : 300_000
  // Where strace may follow all threads, which count each for itself, it stops the program at the calls of this name alone:
  // at every call, a run takes half as long again.
  const follows = call.isTold && fault.startsWith('error=') ? ['-f', '--seccomp-bpf'] : []
  return traced([...follows, '-e', `trace=${call.name}`, '-e', inject, '-o', '/dev/null'], args, cwd, env, timeout)
}

function traced(
  options: readonly string[],
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
  timeout = 300_000,
): Promise<Ended> {
  const command = ['-qq', ...options, process.execPath, entry(), ...args]
  return new Promise((resolve) => {
    execFile('strace', command, { cwd, env, timeout, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error ? null : 0
      resolve({ code, signal: error?.signal ?? null, stdout, stderr })
    })
  })
}

/** Does something for each, a few at a time. */
export async function inParallel<T>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const waiting = [...items.entries()]
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await work(next[1], next[0])
  }
  await Promise.all(Array.from({ length: 4 }, worker))
}

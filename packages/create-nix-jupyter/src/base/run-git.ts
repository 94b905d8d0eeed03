import { type ChildProcess, spawn } from 'node:child_process'
import { systemError } from './errors.js'
import type { Host } from './host.js'

/** What a run of git came to. */
export interface Ran {
  readonly ok: boolean
  readonly missing: boolean
  /** Why this program has ended git; absent where git has ended itself. */
  readonly stopped?: 'silent' | 'slow' | 'large' | 'signal' | undefined
  readonly bytes: Buffer
  /** The bytes as text, without the white space around it. */
  readonly output: string
  readonly error: string
}

/** How git is run. */
export interface Running {
  readonly host: Host
  /** Ends git, and what it has started. */
  readonly signal?: AbortSignal | undefined
  /** The longest that it may take; a minute where nothing is said. */
  readonly timeoutMs?: number
  /** The most bytes that it may print. */
  readonly maxBytes?: number
  /** Asked twice a second: whether git has already taken more room than it may. */
  readonly isTooLarge?: () => boolean
  /** What it reads. */
  readonly input?: string
  /** Git speaks to a server: whatever the user has set for that must reach it, and it may not say nothing for long. */
  readonly remote?: boolean
  /** Variables for git alone. */
  readonly env?: Readonly<Record<string, string>>
}

/** Git, for those who do not know the host: runs in a directory, never rejects. */
export type RunGit = (cwd: string, args: readonly string[], running?: Omit<Running, 'host' | 'signal'>) => Promise<Ran>

/** What the user has set in these must reach git; every other GIT_ variable could point it at another repository. */
const KEPT = /^GIT_((AUTHOR|COMMITTER)_(NAME|EMAIL)|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)|EXEC_PATH|CEILING_DIRECTORIES)$/

/** The ways to a server: programs, certificates, proxies, passwords, and settings that were given as variables. */
const KEPT_FOR_SERVERS = /^GIT_(SSH|SSL|PROXY|HTTP|ASKPASS|CONFIG|ALLOW_PROTOCOL|PROTOCOL|TRACE|CURL)/

/** The user's own hooks, templates, signing and line endings have no say in a first commit that must simply work. */
const CONFIG = {
  'core.hooksPath': '/dev/null',
  'core.autocrlf': 'false',
  'core.safecrlf': 'false',
  'core.fsmonitor': 'false',
  'core.fileMode': 'true',
  'commit.gpgSign': 'false',
  'commit.verbose': 'false',
  'gc.auto': '0',
  'init.defaultBranch': 'main',
  'init.defaultObjectFormat': 'sha1',
  'user.useConfigOnly': 'true',
}
const CONFIG_ARGUMENTS = Object.entries(CONFIG).flatMap(([key, value]) => ['-c', `${key}=${value}`])

const TIMEOUT_MS = 60_000
const SHUTDOWN_TIMEOUT_MS = 400
const SIZE_CHECK_INTERVAL_MS = 500
const SILENCE_TIMEOUT_SECONDS = 30
const MAX_BYTES = 64 * 1024 * 1024
/** Of what it complains about, the end counts. */
const MAX_COMPLAINT = 64 * 1024

/** What a Mac says that has the command git, and behind it nothing: Apple's command line tools bring it. */
const APPLE_STUB = /^(xcode-select|xcrun): /m

/**
 * Runs git in its own session: a Ctrl-C reaches this program, which ends in order, and no password is asked for. Never
 * rejects; nothing of what git has started outlives a run that was stopped.
 */
export function runGit(cwd: string, args: readonly string[], running: Running): Promise<Ran> {
  const { host, signal, timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES, isTooLarge, input } = running
  const silenceMs = running.remote && silenceTimeoutMs(host)
  return new Promise((resolve) => {
    // Without a file descriptor left there are no pipes.
    const child: ChildProcess = spawn('git', [...CONFIG_ARGUMENTS, ...args], {
      cwd,
      env: environmentOf(running),
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      detached: true,
      windowsHide: true,
    })
    const chunks: Buffer[] = []
    let size = 0
    let errors = ''
    let stopped: Ran['stopped']
    let killing: NodeJS.Timeout | undefined
    // Git, and what it has started, such as a filter or the program that speaks to a server; each may tidy up first.
    const stop = (why: NonNullable<Ran['stopped']>) => {
      if (stopped) return
      stopped = why
      clearTimeout(silence)
      if (child.pid === undefined) return
      host.signalGroup(child.pid, 'SIGTERM')
      killing = setTimeout(done, SHUTDOWN_TIMEOUT_MS, false)
    }
    const timer = setTimeout(stop, timeoutMs, 'slow')
    const silence = silenceMs ? setTimeout(stop, silenceMs, 'silent') : undefined
    const looking = isTooLarge && setInterval(() => isTooLarge() && stop('large'), SIZE_CHECK_INTERVAL_MS)
    const onAbort = () => stop('signal')
    const done = (ok: boolean, failure?: Partial<Ran>) => {
      clearTimeout(timer)
      clearTimeout(silence)
      clearTimeout(killing)
      clearInterval(looking)
      signal?.removeEventListener('abort', onAbort)
      if (stopped && child.pid !== undefined) host.signalGroup(child.pid, 'SIGKILL')
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
      const bytes = Buffer.concat(chunks)
      const output = bytes.toString().trim()
      const reasons = {
        silent: `there was no answer for ${(silenceMs || 0) / 1000} seconds`,
        slow: `git took longer than ${timeoutMs / 1000} seconds`,
        large: 'git had more to say than is allowed',
        signal: 'git was stopped',
      }
      const error = stopped ? reasons[stopped] : errors.trim()
      resolve({ ok: ok && !stopped, missing: false, stopped, bytes, output, error, ...failure })
    }
    child.stdout?.on('data', (chunk: Buffer) => {
      silence?.refresh()
      size += chunk.length
      if (size > maxBytes) stop('large')
      else chunks.push(chunk)
    })
    child.stderr?.on('data', (chunk) => {
      silence?.refresh()
      errors = `${errors}${chunk}`.slice(-MAX_COMPLAINT)
    })
    child.stdin?.on('error', () => {
      // It has ended before it has read all; its exit code says why.
    })
    child.stdin?.end(input)
    signal?.addEventListener('abort', onAbort)
    if (signal?.aborted) onAbort()
    child.on('error', (error) => {
      const { code } = systemError(error)
      const reason = code === 'EMFILE' ? 'too many files are open (ulimit -n)' : error.message
      done(false, { missing: code === 'ENOENT', error: reason })
    })
    child.on('close', (code) => done(code === 0, code !== 0 && APPLE_STUB.test(errors) ? { missing: true } : {}))
  })
}

/** How long a server may say nothing; for one that is slow, the user has git's own setting. */
function silenceTimeoutMs({ env }: Host): number {
  return (Number(env.GIT_HTTP_LOW_SPEED_TIME) || SILENCE_TIMEOUT_SECONDS) * 1000
}

function environmentOf({ host, remote, env }: Running): Record<string, string | undefined> {
  const isKept = (name: string) =>
    !name.startsWith('GIT_') || KEPT.test(name) || (remote && KEPT_FOR_SERVERS.test(name))
  const kept = Object.entries(host.env).filter(([name]) => isKept(name))
  return { ...Object.fromEntries(kept), ...env, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' }
}

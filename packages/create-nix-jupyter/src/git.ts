import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import { systemError } from './errors.js'
import type { PlannedFile } from './existing.js'
import type { GitPlan } from './git-plan.js'
import type { Host } from './host.js'

/** What came of git. */
export interface GitResult {
  readonly added: boolean
  readonly committed: boolean
  /** Why something was not done: no git, nobody to commit as, or what git said. */
  readonly problem?: { readonly kind: 'missing' | 'identity' | 'failed'; readonly message: string }
}

/** What a run of git came to. */
export interface Ran {
  readonly ok: boolean
  readonly missing: boolean
  readonly output: string
  readonly error: string
}

/** What the user has set in these must reach git; every other GIT_ variable could point it at another repository. */
const KEPT = /^GIT_((AUTHOR|COMMITTER)_(NAME|EMAIL)|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)|EXEC_PATH|CEILING_DIRECTORIES)$/

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
const TIDYING_MS = 400

/** A server that has nothing to say for so long has gone away. */
const SILENCE = { GIT_HTTP_LOW_SPEED_LIMIT: '1', GIT_HTTP_LOW_SPEED_TIME: '30' }

/** How git is run. */
export interface Running {
  readonly host: Host
  /** Ends git, and what it has started. */
  readonly signal?: AbortSignal | undefined
  /** The longest that it may take; a minute where nothing is said. */
  readonly limitMs?: number
}

/** Asks git about the repository around a new folder: is it one, and does it ignore the folder? */
export async function askGitAround(around: string, root: string, host: Host): Promise<GitPlan> {
  const inside = path.relative(around, root)
  const top = await runGit(around, ['rev-parse', '--show-toplevel'], { host })
  if (top.missing) return { kind: 'missing' }
  if (!top.ok && /not a git repository|must be run in a work tree/.test(top.error)) return { kind: 'init' }
  const repository = top.output || around
  if (!inside) return { kind: 'add', repository }
  const ignored = await runGit(around, ['check-ignore', '-q', '--', path.join(inside, '.nix-jupyter.json')], { host })
  return ignored.ok ? { kind: 'init', ignoredBy: repository } : { kind: 'add', repository }
}

/**
 * Makes the repository `folder`/.git with the files that are in `work`: branch main, all added, a first commit if possible. The
 * two folders differ where the repository is to be moved to its place only when it is complete.
 */
export async function initRepository(
  folder: string,
  work: string,
  files: readonly PlannedFile[],
  message: string,
  running: Running,
): Promise<GitResult> {
  const made = await runGit(folder, ['init', '--quiet', '--template='], running)
  if (!made.ok) return notDone(made)
  const repository = [`--git-dir=${path.join(folder, '.git')}`, `--work-tree=${work}`]
  const added = await addFiles(work, files, running, repository)
  if (!added.added) return added
  const commit = [...repository, 'commit', '--quiet', '--no-verify', '--message', message]
  const committed = await runGit(work, commit, running)
  return committed.ok ? { added: true, committed: true } : { ...notDone(committed), added: true }
}

/**
 * Adds the project's files to the repository that `folder` is in, also those that the user's own excludes ignore. Of files
 * that the user keeps, git learns only that they are there: what is to be committed of them is the user's business.
 */
export async function addFiles(
  folder: string,
  files: readonly PlannedFile[],
  running: Running,
  repository: readonly string[] = [],
): Promise<GitResult> {
  const git = (...args: readonly string[]) => runGit(folder, [...repository, '--literal-pathspecs', ...args], running)
  const add = async (kept: boolean, ...flags: string[]) => {
    const paths = files.filter(({ action }) => (action === 'keep') === kept).map((file) => file.path)
    if (paths.length === 0) return undefined
    const added = await git('add', '--force', ...flags, '--', ...paths)
    return added.ok ? undefined : notDone(added)
  }
  const failed = (await add(false)) ?? (await add(true, '--intent-to-add'))
  if (failed) return failed
  if (running.host.platform === 'win32') {
    // Windows has no executable bit, but the project will be used in WSL2.
    const executable = files.filter((file) => file.executable).map((file) => file.path)
    await git('update-index', '--chmod=+x', '--', ...executable)
  }
  return { added: true, committed: false }
}

function notDone(ran: Ran): GitResult {
  const identity = /tell me who you are|auto-detection is disabled|empty ident/.test(ran.error)
  const kind = ran.missing ? 'missing' : identity ? 'identity' : 'failed'
  return { added: false, committed: false, problem: { kind, message: firstLine(ran.error) } }
}

function firstLine(text: string): string {
  return text.split('\n').find((line) => line.trim()) ?? 'git gave no reason'
}

/** Runs git in its own session: a Ctrl-C reaches this program, which ends in order, and no password is asked for. */
export function runGit(cwd: string, args: readonly string[], { host, signal, limitMs }: Running): Promise<Ran> {
  const kept = Object.entries(host.env).filter(([name]) => !name.startsWith('GIT_') || KEPT.test(name))
  const env = { ...Object.fromEntries(kept), ...SILENCE, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' }
  return new Promise((resolve) => {
    // Without a file descriptor left there are no pipes.
    const child: ChildProcess = spawn('git', [...CONFIG_ARGUMENTS, ...args], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      windowsHide: true,
    })
    let output = ''
    let errors = ''
    child.stdout?.on('data', (chunk) => {
      output += chunk
    })
    child.stderr?.on('data', (chunk) => {
      errors += chunk
    })
    let stopped: string | undefined
    let killing: NodeJS.Timeout | undefined
    // Git, and what it has started, such as a filter or the program that speaks to a server; each may tidy up first.
    const stop = (why: string) => {
      stopped = why
      if (child.pid === undefined) return
      const leader = child.pid
      host.signalGroup(leader, 'SIGTERM')
      killing = setTimeout(() => host.signalGroup(leader, 'SIGKILL'), TIDYING_MS)
    }
    const limit = limitMs ?? TIMEOUT_MS
    const timer = setTimeout(() => stop(`git took longer than ${limit / 1000} seconds`), limit)
    const onAbort = () => stop('git was stopped')
    const done = (ran: Ran) => {
      clearTimeout(timer)
      clearTimeout(killing)
      signal?.removeEventListener('abort', onAbort)
      resolve(ran)
    }
    signal?.addEventListener('abort', onAbort)
    if (signal?.aborted) onAbort()
    child.on('error', (error) => {
      const { code } = systemError(error)
      const reason = code === 'EMFILE' ? 'too many files are open (ulimit -n)' : error.message
      done({ ok: false, missing: code === 'ENOENT', output: '', error: reason })
    })
    child.on('close', (code) => {
      done({ ok: code === 0, missing: false, output: output.trim(), error: stopped ?? errors.trim() })
    })
  })
}

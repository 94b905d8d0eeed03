import path from 'node:path'
import { type Ran, type Running, runGit } from '../base/run-git.js'
import type { PlannedFile } from '../plan/files.js'

/** What came of git. */
export interface GitResult {
  readonly added: boolean
  readonly committed: boolean
  /** Why something was not done: no git, nobody to commit as, or what git said. */
  readonly problem?: { readonly kind: 'missing' | 'identity' | 'failed'; readonly message: string }
}

/**
 * Makes the repository `directory`/.git with the files that are in `work`: branch main, all added, a first commit if
 * possible. The two directories differ where the repository is to be moved to its place only when it is complete.
 * Never rejects.
 */
export async function initRepository(
  directory: string,
  work: string,
  files: readonly PlannedFile[],
  message: string,
  running: Running,
): Promise<GitResult> {
  const made = await runGit(directory, ['init', '--quiet', '--template='], running)
  if (!made.ok) return notDone(made)
  const repository = [`--git-dir=${path.join(directory, '.git')}`, `--work-tree=${work}`]
  const added = await addFiles(work, files, running, repository)
  if (!added.added) return added
  const commit = [...repository, 'commit', '--quiet', '--no-verify', '--message', message]
  const committed = await runGit(work, commit, running)
  return committed.ok ? { added: true, committed: true } : { ...notDone(committed), added: true }
}

/**
 * Adds the project's files to the repository that `directory` is in, also those that the user's own excludes ignore. Of
 * files that the user keeps, git learns only that they are there: what is to be committed of them is the
 * user's business. Never rejects.
 */
export async function addFiles(
  directory: string,
  files: readonly Pick<PlannedFile, 'path' | 'action' | 'executable' | 'inGit'>[],
  running: Running,
  repository: readonly string[] = [],
): Promise<GitResult> {
  // A sparse checkout would refuse files that it leaves out.
  const git = (...args: readonly string[]) =>
    runGit(directory, [...repository, '-c', 'core.sparseCheckout=false', '--literal-pathspecs', ...args], running)
  const add = async (kept: boolean, ...flags: string[]) => {
    const paths = files.filter(({ action, inGit }) => !inGit && (action === 'keep') === kept).map((file) => file.path)
    if (paths.length === 0) return undefined
    const added = await git('add', '--force', ...flags, '--', ...paths)
    return added.ok ? undefined : notDone(added)
  }
  const failed = (await add(false)) ?? (await add(true, '--intent-to-add'))
  if (failed) return failed
  for (const { path: file, action, inGit } of files) {
    const added = inGit && action !== 'keep' ? await addContent(directory, file, inGit, running, repository) : undefined
    if (added?.ok === false) return notDone(added)
  }
  if (running.host.platform === 'win32') {
    // Windows has no executable bit, but the project will be used in WSL2.
    const executable = files.filter((file) => file.executable).map((file) => file.path)
    await git('update-index', '--chmod=+x', '--', ...executable)
  }
  return { added: true, committed: false }
}

/** Adds a file with another content than the one that it has on the disk. */
async function addContent(
  directory: string,
  file: string,
  content: Buffer,
  running: Running,
  repository: readonly string[],
): Promise<Ran> {
  const git = (args: readonly string[], input?: string) =>
    runGit(directory, [...repository, ...args], input === undefined ? running : { ...running, input })
  const written = await git(['hash-object', '-w', '--stdin'], content.toString())
  if (!written.ok) return written
  const inside = await git(['rev-parse', '--show-prefix'])
  if (!inside.ok) return inside
  return git(['update-index', '--add', '--cacheinfo', `100644,${written.output},${inside.output}${file}`])
}

function notDone(ran: Ran): GitResult {
  const identity = /tell me who you are|auto-detection is disabled|empty ident/.test(ran.error)
  const kind = ran.missing ? 'missing' : identity ? 'identity' : 'failed'
  return { added: false, committed: false, problem: { kind, message: firstLine(ran.error) } }
}

function firstLine(text: string): string {
  return text.split('\n').find((line) => line.trim()) ?? 'git gave no reason'
}

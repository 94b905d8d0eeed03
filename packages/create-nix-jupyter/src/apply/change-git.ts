import { existsSync } from 'node:fs'
import { Failure } from '../base/errors.js'
import type { Host } from '../base/host.js'
import { RECORD } from '../base/own-names.js'
import { runGit } from '../base/run-git.js'
import { shellQuote } from '../base/shell.js'
import { addFiles } from './git.js'
import type { FileChange } from './undo-store.js'

const LOCK_TIMEOUT_MS = 2000

/** @throws {Failure} where git is at work on its index, or was when it was killed: it would not take the new files */
export async function refuseLockedIndex(lock: string | undefined): Promise<void> {
  if (lock === undefined) return
  // An editor that looks at the repository holds it for a moment.
  const until = Date.now() + LOCK_TIMEOUT_MS
  while (existsSync(lock) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50))
  if (!existsSync(lock)) return
  throw new Failure('conflict', `Another git is at work here, or was stopped: ${lock} exists. Nothing was changed.`, {
    next: [`Next: if no git is running: rm ${shellQuote(lock)}`, 'Then run the command again.'],
  })
}

/** Tells git that there are new files, which Nix sees only then; what is committed of them is the user's business. Never rejects. */
export async function tellGit(root: string, added: readonly string[], host: Host): Promise<string | undefined> {
  if (added.length === 0) return undefined
  const files = added.map((path) => ({ path, action: 'create', executable: false }) as const)
  return (await addFiles(root, files, { host })).problem?.message
}

/** Those of new files that the repository of the project does not have; none where the project is not in one. */
export async function unknownToGit(root: string, files: readonly string[], host: Host): Promise<string[]> {
  if (files.length === 0) return []
  const listed = await runGit(root, ['--literal-pathspecs', 'ls-files', '-z', '--', RECORD, ...files], { host })
  const known = new Set(listed.bytes.toString().split('\0'))
  return listed.ok && known.has(RECORD) ? files.filter((file) => !known.has(file)) : []
}

/** Files that are gone, and that no commit has, are nothing that git should still know. */
export async function forgetRemoved(root: string, files: readonly FileChange[], host: Host): Promise<void> {
  const removed = files.filter(({ after }) => !after).map(({ path }) => path)
  if (removed.length === 0) return
  const git = (...args: string[]) => runGit(root, ['--literal-pathspecs', ...args], { host })
  const committed = await git('ls-tree', '-r', '-z', '--name-only', 'HEAD', '--', ...removed)
  const known = new Set(committed.bytes.toString().split('\0'))
  await forget(
    root,
    removed.filter((file) => !known.has(file)),
    host,
  )
}

/** Takes files out of git's index. */
export async function forget(root: string, files: readonly string[], host: Host): Promise<void> {
  if (files.length === 0) return
  await runGit(root, ['--literal-pathspecs', 'rm', '--cached', '--force', '-q', '--ignore-unmatch', '--', ...files], {
    host,
  })
}

import type { Host } from '../base/host.js'
import { RECORD } from '../base/own-names.js'
import { runGit } from '../base/run-git.js'
import { addFiles } from './git.js'
import type { FileChange } from './undo-store.js'

/** Tells git that there are new files, which Nix sees only then; what is committed of them is the user's business. */
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

import { explainSystemError, Failure, stopIfAsked } from '../base/errors.js'
import type { Host } from '../base/host.js'
import { isWritten } from '../plan/change.js'
import type { ChangePlan } from '../plan/change-plan.js'
import { lookAt } from '../plan/present.js'
import { forgetRemoved, refuseLockedIndex, tellGit, unknownToGit } from './change-git.js'
import { backwards, forwards, isIdentical, isSame, replaceFiles } from './replace.js'
import { type FileChange, markApplied, removeStore, type UndoStore, writeStore } from './undo-store.js'

/** What git did not do, which a change has left to be done. */
export interface GitRest {
  readonly problem: string
  /** The new files that git does not know. */
  readonly files: readonly string[]
}

/**
 * Carries a change out, whole or not at all: written down with the bytes of before and after, then file by file. After conflicts
 * what was written down stays, so that there is a way back.
 *
 * @param lock the file that stands where git is at work on its index
 * @returns what git did not do, where it did not take the new files
 * @throws {Failure} with every file as it was
 */
export async function applyChange(
  plan: ChangePlan,
  lock: string | undefined,
  host: Host,
  signal?: AbortSignal,
): Promise<GitRest | undefined> {
  const { root, changes } = plan
  const written = changes.filter(isWritten)
  const conflicts = changes.filter(({ action }) => action === 'conflict').map((change) => change.path)
  const added = await unknownToGit(
    root,
    written.filter(({ action }) => action === 'added').map(({ path }) => path),
    host,
  )
  if (added.length > 0 || written.some(({ action }) => action === 'removed')) await refuseLockedIndex(lock)
  await stopIfAsked(signal, 'changed')
  const store = writeStore(root, written, { conflicts, added }, host)
  const begun = new Set<string>()
  try {
    replaceFiles(root, written.map(forwards), (file, present) => isAsPlanned(store, file, present), host, begun)
    if (conflicts.length > 0) markApplied(store)
    else removeStore(store, host)
  } catch (error) {
    rollBack(store, begun, root, host)
    throw explainSystemError(error, root)
  }
  const problem = await tellGit(root, added, host)
  if (conflicts.length === 0) await forgetRemoved(root, store.files, host)
  return problem === undefined ? undefined : { problem, files: added }
}

function isAsPlanned({ files }: UndoStore, file: string, present: FileChange['before']): boolean {
  return isSame(files.find(({ path }) => path === file)?.before, present)
}

/** What this run has replaced is given back; where that fails, too, the store stays for --abort. */
function rollBack(store: UndoStore, begun: ReadonlySet<string>, root: string, host: Host): void {
  try {
    const done = changedIn(store, root, host).filter(({ path }) => begun.has(path))
    replaceFiles(root, done.map(backwards), (file, present) => isOurs(store, file, present), host)
    removeStore(store, host)
  } catch (error) {
    const why = error instanceof Failure ? error.message : String(error)
    throw new Failure('failed', `The change failed, and what it had begun could not be taken back: ${why}`, {
      next: ['Next: npx create-nix-jupyter upgrade --abort'],
    })
  }
}

/** Files that are not as they were before. Of one that was not there, an empty directory may be left. */
export function changedIn({ files }: UndoStore, root: string, host: Host): FileChange[] {
  return files.filter(({ path, before }) => {
    const present = lookAt(root, path, host)
    return !before || !isIdentical(present && 'file' in present ? present.file : undefined, before)
  })
}

/** Whether a file is as it was before the change or after it. */
export function isOurs({ files }: UndoStore, file: string, present: FileChange['before']): boolean {
  const change = files.find(({ path }) => path === file)
  return isSame(change?.before, present) || isSame(change?.after, present)
}

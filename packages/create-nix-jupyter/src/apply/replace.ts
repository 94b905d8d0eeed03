import { chmodSync, mkdirSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { explainSystemError, Failure, systemError } from '../base/errors.js'
import type { Host } from '../base/host.js'
import { type FileState, lookAt } from '../plan/present.js'
import { clearStaging, makeStaging, removeStaging } from './leftovers.js'
import { directoriesOf } from './moves.js'
import { writeDurably } from './stage.js'
import type { FileChange } from './undo-store.js'

/** A file and what it shall be: absent where it shall not be. */
export interface Replacement {
  readonly path: string
  readonly state: FileState | undefined
  /** The permissions are exactly these; else the umask has a say in those of a new file. */
  readonly isExact: boolean
}

/**
 * Replaces files: each is written beside, then renamed into place. What is on the way is looked at just before.
 *
 * @param isExpected whether what is there now may be replaced
 * @param begun takes in the files that were, or may have been, replaced
 * @throws {Failure} at the first file that cannot be replaced; those before it are
 */
export function replaceFiles(
  root: string,
  replacements: readonly Replacement[],
  isExpected: (file: string, present: FileState | undefined) => boolean,
  host: Host,
  begun: Set<string> = new Set(),
): void {
  clearStaging(root, host)
  const staging = makeStagingIn(root, host)
  try {
    for (const [index, replacement] of replacements.entries()) {
      try {
        const fresh = path.join(staging, String(index))
        if (replacement.state) writeFresh(fresh, replacement.state, replacement.isExact)
        refuseUnexpected(root, replacement.path, isExpected, host)
        begun.add(replacement.path)
        replaceOne(root, replacement, fresh, host)
      } catch (error) {
        throw explainSystemError(error, replacement.path)
      }
    }
  } finally {
    removeStaging(staging)
  }
}

function makeStagingIn(root: string, host: Host): string {
  try {
    return makeStaging(root, host)
  } catch (error) {
    throw explainSystemError(error, root)
  }
}

function writeFresh(fresh: string, state: FileState, isExact: boolean): void {
  writeDurably(fresh, state.content, state.mode)
  if (isExact) chmodSync(fresh, state.mode)
}

function refuseUnexpected(
  root: string,
  file: string,
  isExpected: (file: string, present: FileState | undefined) => boolean,
  host: Host,
): void {
  const present = lookAt(root, file, host)
  if (present && 'obstacle' in present) throw new Failure('conflict', `${present.obstacle}.`)
  if (!isExpected(file, present?.file)) throw changedMeanwhile(file)
}

function replaceOne(root: string, { path: file, state }: Replacement, fresh: string, host: Host): void {
  const place = path.join(root, file)
  if (state) {
    for (const directory of directoriesOf(file)) mkdirSync(path.join(root, directory), { recursive: true })
    renameSync(fresh, place)
  } else {
    rmSync(place, { force: true })
    removeEmptyDirectories(root, file)
  }
  const after = lookAt(root, file, host)
  if (!isSame(after && 'file' in after ? after.file : undefined, state))
    throw new Failure('failed', `${file} is not as it was written: the disk or another program changed it.`)
}

/** Whether two files have the same bytes, or both are absent. */
export function isSame(one: FileState | undefined, other: FileState | undefined): boolean {
  return one && other ? one.content.equals(other.content) : one === other
}

/** Whether two files have the same bytes and permissions, or both are absent. */
export function isIdentical(one: FileState | undefined, other: FileState | undefined): boolean {
  return isSame(one, other) && one?.mode === other?.mode
}

/** Something is in the directory, somebody uses it as a place (a mount, a shell of Windows), or it is gone already. */
const STAYS: readonly string[] = ['ENOTEMPTY', 'EEXIST', 'EBUSY', 'EPERM', 'ENOENT']

/** @throws where the disk fails: a directory that is not removed would be a change that is not whole */
function removeEmptyDirectories(root: string, file: string): void {
  for (const directory of directoriesOf(file).reverse()) {
    try {
      rmdirSync(path.join(root, directory))
    } catch (error) {
      if (STAYS.includes(systemError(error).code)) return
      throw error
    }
  }
}

/** The change forwards. */
export function forwards({ path: file, before, after }: FileChange): Replacement {
  return { path: file, state: after, isExact: before !== undefined }
}

/** The change backwards. */
export function backwards({ path: file, before }: FileChange): Replacement {
  return { path: file, state: before, isExact: true }
}

function changedMeanwhile(file: string): Failure {
  return new Failure('conflict', `${file} was changed by somebody else in the meantime.`, {
    next: ['Next: run the command again.'],
  })
}

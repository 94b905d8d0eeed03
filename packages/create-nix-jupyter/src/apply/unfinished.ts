import { Failure } from '../base/errors.js'
import type { Host } from '../base/host.js'
import { hasMarkers } from '../plan/lines.js'
import { lookAt } from '../plan/present.js'
import { changedIn, isOurs } from './change.js'
import { forget, forgetRemoved, tellGit } from './change-git.js'
import { isAtWork } from './owner.js'
import { backwards, forwards, isIdentical, isSame, replaceFiles } from './replace.js'
import { keepAborted, markApplied, readStore, removeStore, type UndoStore } from './undo-store.js'

/** How to go on from a change that is not finished. */
export interface Ways {
  readonly goOn: string
  readonly goBack: string
}

/**
 * The beginning of every command that changes a project.
 *
 * @throws {Failure} where a change is unfinished here
 */
export function refuseUnfinished(root: string, ways: Ways, host: Host): void {
  const store = readStore(root, host)
  if (!store) return
  if (isTakenBack(store, root, host)) {
    removeStore(store, host)
    return
  }
  refuseAtWork(store, host)
  const { conflicts, applied } = store.journal
  const next = [`Next: ${ways.goOn}`, `Or go back, to how everything was: ${ways.goBack}`]
  if (applied) {
    const files = conflicts.join(', ')
    throw new Failure(
      'conflict',
      `The last change of this project is not finished. Resolve the conflicts in: ${files}`,
      {
        next,
      },
    )
  }
  throw new Failure('conflict', 'A run that changed this project was stopped in the middle.', { next })
}

/** The files with conflicts of a change that is unfinished; undefined where none is. */
export function conflictsLeft(root: string, host: Host): readonly string[] | undefined {
  const store = readStore(root, host)
  return store && !isTakenBack(store, root, host) ? store.journal.conflicts : undefined
}

/** Whether everything is as it was before the change, as after `git reset --hard`: nothing of it is left to be finished. */
function isTakenBack({ files, journal }: UndoStore, root: string, host: Host): boolean {
  return journal.applied && files.every(({ path, before }) => isIdentical(presentOf(root, path, host), before))
}

/**
 * Gives back every byte that a change has touched.
 *
 * @returns how many files were given back, and where that is which the user has written into them since
 * @throws {Failure} where there is nothing to go back from, or something is in the place of a file
 */
export async function abortChange(root: string, host: Host): Promise<{ files: number; kept: string | undefined }> {
  const store = readStore(root, host)
  if (!store) throw nothingUnfinished('--abort')
  refuseAtWork(store, host)
  const edited = store.files.flatMap(({ path: file }) => {
    const present = lookAt(root, file, host)
    if (present && 'obstacle' in present) throw new Failure('conflict', `${present.obstacle}. Nothing was restored.`)
    return present && !isOurs(store, file, present.file) ? [{ path: file, content: present.file.content }] : []
  })
  const kept = edited.length > 0 ? keepAborted(store, edited) : undefined
  const changed = changedIn(store, root, host)
  replaceFiles(root, changed.map(backwards), () => true, host)
  await forget(root, store.journal.added, host)
  removeStore(store, host)
  return { files: changed.length, kept }
}

/**
 * Goes on with a change: after conflicts it is finished, after a kill the files that are missing are written.
 *
 * @returns files that still have conflict markers; none where the change is finished
 * @throws {Failure} where there is nothing to go on with, or a file was changed since by somebody else
 */
export async function continueChange(root: string, host: Host): Promise<readonly string[]> {
  const store = readStore(root, host)
  if (!store || isTakenBack(store, root, host)) throw nothingUnfinished('--continue')
  refuseAtWork(store, host)
  const { applied, added, conflicts } = store.journal
  if (!applied) {
    // Of what is gone, an empty directory may be left.
    const left = store.files.filter(({ path: file, before, after }) => {
      const present = presentOf(root, file, host)
      return !after || !(before ? isIdentical(present, after) : isSame(present, after))
    })
    replaceFiles(root, left.map(forwards), (file, present) => isOurs(store, file, present), host)
    await tellGit(root, added, host)
  }
  const marked = conflicts.filter((file) => hasMarkers(presentOf(root, file, host)?.content ?? Buffer.alloc(0)))
  if (marked.length === 0) {
    removeStore(store, host)
    await forgetRemoved(root, store.files, host)
  } else if (!applied) markApplied(store)
  return marked
}

function presentOf(root: string, file: string, host: Host) {
  const present = lookAt(root, file, host)
  return present && 'file' in present ? present.file : undefined
}

/** The processes of another boot, or of another machine over the same disk, cannot be seen from here: the user knows of them. */
function refuseAtWork({ journal }: UndoStore, host: Host): void {
  if (journal.applied || !isAtWork(journal.maker, host)) return
  throw new Failure('conflict', 'Another run is changing this project right now.', {
    next: ['Next: wait until it has finished, then run the command again.'],
  })
}

function nothingUnfinished(option: string): Failure {
  return new Failure('usage', `${option}: no change of this project is unfinished.`, {
    next: ['What a finished change wrote: git status', 'To have a file as it was committed: git restore FILE'],
  })
}

import { randomBytes } from 'node:crypto'
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs'
import path from 'node:path'
import { explainSystemError, Failure, systemError } from '../base/errors.js'
import type { Host } from '../base/host.js'
import type { PlannedFile } from '../plan/files.js'
import { type Backup, type Journal, writeJournal } from './journal.js'
import { identityOf } from './owner.js'
import { renameHeld } from './rename.js'
import { checkContent } from './stage.js'

// A directory that exists cannot be replaced by one rename without losing its `.git`, its mode or the shell that stands
// in it. So the files are linked in one by one, from a staging directory that stays whole until all are there. It first
// takes a name of which there can be one: the claim, which every other run sees, whatever its process number says
// there. Should the run be killed, the next one here goes on from the claim and its journal; nothing that is
// there is ever removed.

/** Where in a staging directory the finished project lies. */
export const TREE = 'tree'

/** The name that a staging directory has while files are moved out of it. */
export const CLAIM = '.create-nix-jupyter-moving'

/** Ways back, the last one first. */
type Undo = (() => void)[]

/**
 * Moves staged files into a directory that exists; what is there is renamed or kept, never replaced.
 *
 * @throws {Failure} or a system error; then all is as before
 */
export function moveIn(staging: string, root: string, planned: readonly PlannedFile[], host: Host): void {
  const files = planned.filter(({ action }) => action === 'create' || action === 'backup')
  const journal = writeJournal(staging, root, files, host)
  const claim = path.join(root, CLAIM)
  takeClaim(staging, claim)
  const undo: Undo = []
  try {
    moveAll(claim, root, journal, undo)
    const promised = planned.filter(({ action }) => action !== 'keep')
    checkContent(root, promised)
    moveRepository(claim, root)
  } catch (error) {
    rollBack(undo)
    attempt(() => giveBackForeign(claim, root, files))
    throw error
  } finally {
    // Where this fails, a later run finds everything in its place.
    attempt(() => renameSync(claim, staging))
  }
}

/** A rename onto a directory with something in it fails, on every system. */
function takeClaim(staging: string, claim: string): void {
  try {
    if (existsSync(claim)) throw Object.assign(new Error(), { code: 'EEXIST' })
    renameHeld(staging, claim)
  } catch (error) {
    if (!['EEXIST', 'ENOTEMPTY', 'EPERM', 'ENOTDIR'].includes(systemError(error).code)) throw error
    throw new Failure('conflict', 'Another run is moving files into this directory right now.', {
      next: ['Next: wait until it has finished, then look at what is there.'],
    })
  }
}

function moveAll(claim: string, root: string, { files }: Journal, undo: Undo): void {
  mkdirSync(path.join(claim, 'undone'))
  mkdirSync(path.join(claim, 'old'))
  const directories = new Set<string>()
  files.forEach((file, index) => {
    try {
      for (const directory of directoriesOf(file.path)) {
        if (!directories.has(directory)) makeDirectory(path.join(root, directory), undo)
        directories.add(directory)
      }
      const place = path.join(root, file.path)
      if (file.backup) makeRoom(place, root, file.backup, path.join(claim, 'old', String(index)), undo)
      putFile(path.join(claim, TREE, file.path), place)
      // Moved away rather than removed: it is looked at before it goes.
      const away = path.join(claim, 'undone', String(index))
      undo.push(() =>
        eitherWay(
          () => renameSync(place, away),
          () => unlinkSync(place),
        ),
      )
    } catch (error) {
      if (isTaken(error)) throw error
      throw explainSystemError(error, file.path)
    }
  })
}

/** Whether something is where the project should go. */
export function isTaken(error: unknown): boolean {
  return ['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(systemError(error).code)
}

function makeDirectory(directory: string, undo: Undo): void {
  try {
    mkdirSync(directory)
    undo.push(() => rmdirSync(directory))
  } catch (error) {
    // A link would lead out of the project.
    if (systemError(error).code !== 'EEXIST' || !lstatSync(directory).isDirectory()) throw error
  }
}

/** Gives the user's file its new name. It has a name in the directory at every moment, by which it is found after a kill. */
function makeRoom(place: string, root: string, backup: Backup, old: string, undo: Undo): void {
  const renamed = path.join(root, backup.path)
  try {
    linkSync(place, renamed)
  } catch (error) {
    if (!hasNoLinks(error) || existsSync(renamed)) throw error
    renameSync(place, renamed)
    undo.push(() => renameSync(renamed, place))
    return
  }
  undo.push(() =>
    eitherWay(
      () => unlinkSync(renamed),
      () => renameSync(renamed, `${old}.backup`),
    ),
  )
  renameSync(place, old)
  undo.push(() =>
    eitherWay(
      () => renameSync(old, place),
      () => linkSync(old, place),
    ),
  )
  if (identityOf(old) !== backup.identity || identityOf(renamed) !== backup.identity) {
    throw Object.assign(new Error('another file came meanwhile'), { code: 'EEXIST' })
  }
}

/**
 * A link fails where a file is already; a rename would replace it. Some disks have no links.
 *
 * @throws a system error, EEXIST where something is there
 */
export function putFile(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    if (!hasNoLinks(error) || existsSync(to)) throw error
    renameSync(from, to)
  }
}

function hasNoLinks(error: unknown): boolean {
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(systemError(error).code)
}

/**
 * Moves the repository that was made in the staging directory.
 *
 * @throws a system error, EEXIST where there is one by now
 */
export function moveRepository(staging: string, root: string): void {
  const [made, place] = [path.join(staging, TREE, '.git'), path.join(root, '.git')]
  if (!existsSync(made)) return
  if (lstatSync(place, { throwIfNoEntry: false })) throw Object.assign(new Error(), { code: 'EEXIST' })
  renameHeld(made, place)
}

/** All directories above a file, outermost first. */
export function directoriesOf(file: string): string[] {
  const parts = file.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

function rollBack(undo: Undo): void {
  for (const step of undo.reverse()) attempt(step)
}

/** What somebody has written into one of our files, or put in its place, before we moved it away again, is theirs. */
function giveBackForeign(claim: string, root: string, files: readonly PlannedFile[]): void {
  for (const name of readdirSync(path.join(claim, 'undone'))) {
    const file = files[Number(name)]
    const away = path.join(claim, 'undone', name)
    if (!file || isStillOurs(away, path.join(claim, TREE, file.path), file.content)) continue
    const place = path.join(root, file.path)
    eitherWay(
      () => linkSync(away, place),
      () => linkSync(away, `${place}.changed-${randomBytes(4).toString('hex')}`),
    )
  }
}

function isStillOurs(file: string, staged: string, content: Buffer): boolean {
  if (identityOf(file) !== identityOf(staged)) return existsSync(staged) ? false : readFileSync(file).equals(content)
  try {
    return readFileSync(file).equals(content)
  } catch {
    return true
  }
}

/** A disk that fails in one way may still do the other. */
function eitherWay(first: () => void, second: () => void): void {
  try {
    first()
  } catch {
    second()
  }
}

function attempt(step: () => void): void {
  try {
    step()
  } catch {}
}

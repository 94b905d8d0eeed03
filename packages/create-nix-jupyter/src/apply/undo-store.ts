import { hash, randomBytes } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { explainSystemError, Failure, systemError } from '../base/errors.js'
import { hashOf } from '../base/hash.js'
import type { Host } from '../base/host.js'
import { RECORD } from '../base/own-names.js'
import { shellQuote } from '../base/shell.js'
import { type FileState, lookAt } from '../plan/present.js'
import { isJournal, type Journal, type StoredState } from './change-journal.js'
import { hasEnded, isPrivate, placeOf } from './owner.js'
import { writeDurably } from './stage.js'

// ~/.local/state/nix-jupyter/.changes/
//   <hash of the project's place>   the change that is under way there: journal.json, and the bytes of before and after
//   part-<place>-<pid>-…            one that is being written down; nothing was changed yet
//   aborted-…                       what the user had written into files that --abort has put back

/** A file of a change, with its bytes. */
export interface FileChange {
  readonly path: string
  readonly before?: FileState | undefined
  readonly after?: FileState | undefined
}

/** The undo store of a project. */
export interface UndoStore {
  readonly directory: string
  readonly journal: Journal
  readonly files: readonly FileChange[]
}

const JOURNAL = 'journal.json'
const BYTES = 'bytes'
const MAX_JOURNAL = 16 * 1024 * 1024
const STORE = /^[0-9a-f]{24}$/
const PART = /^part-([0-9a-f]{12})-(\d{1,10})-/

/** Where the change of a project is kept while it is under way: outside of the tree, which Nix may copy. */
function storeDirectory(root: string, { env }: Host): string {
  const state = env.XDG_STATE_HOME
  const home = state && path.isAbsolute(state) ? state : path.join(env.HOME || homedir(), '.local/state')
  const name = `${realpathSync(root)}\n${inodeOf(root)}`
  return path.join(home, 'nix-jupyter/.changes', hash('sha256', name, 'hex').slice(0, 24))
}

function inodeOf(root: string): string {
  return String(statSync(root, { bigint: true }).ino)
}

/** The store of a project that was moved since: that of a directory with its number, and with its record. */
function movedStore(root: string, host: Host): string | undefined {
  const parent = path.dirname(storeDirectory(root, host))
  const record = lookAt(root, RECORD, host)
  if (!existsSync(parent) || !record || !('file' in record)) return undefined
  const { content } = record.file
  return readdirSync(parent)
    .filter((name) => STORE.test(name))
    .map((name) => path.join(parent, name))
    .find((directory) => {
      const journal = journalIn(directory, host)
      const states = journal?.files.find((file) => file.path === RECORD)
      return (
        journal?.inode === inodeOf(root) &&
        [states?.before, states?.after].some((state) => state?.hash === hashOf(content))
      )
    })
}

/**
 * Writes a change down.
 *
 * @throws {Failure} where another one is under way, or the place is not the user's own
 */
export function writeStore(
  root: string,
  files: readonly FileChange[],
  notes: Pick<Journal, 'conflicts' | 'added'>,
  host: Host,
): UndoStore {
  const directory = storeDirectory(root, host)
  const parent = path.dirname(directory)
  const maker = { place: placeOf(host), pid: host.pid }
  const states = files.flatMap(({ before, after }) => [before, after]).flatMap((state) => state ?? [])
  const journal: Journal = {
    root: realpathSync(root),
    inode: inodeOf(root),
    maker,
    applied: false,
    ...notes,
    files: files.map((file) => ({
      path: file.path,
      ...(file.before && { before: stored(file.before) }),
      ...(file.after && { after: stored(file.after) }),
    })),
  }
  let part: string | undefined
  try {
    mkdirSync(parent, { recursive: true, mode: 0o700 })
    if (!isPrivate(lstatSync(parent), host)) throw notOurs(parent)
    clearParts(parent, host)
    part = mkdtempSync(path.join(parent, `part-${maker.place}-${maker.pid}-`))
    writeDurably(path.join(part, BYTES), Buffer.concat(states.map(({ content }) => content)), 0o600)
    writeDurably(path.join(part, JOURNAL), Buffer.from(JSON.stringify(journal)), 0o600)
    // A rename onto a directory with something in it fails: there is one change at a time.
    if (existsSync(directory)) throw underWay()
    renameSync(part, directory)
    return { directory, journal, files }
  } catch (error) {
    if (part) removePart(part)
    throw notKept(error, parent)
  }
}

/** The directory is the user's, not the project's, and can be elsewhere. */
function notKept(error: unknown, directory: string): Failure {
  if (error instanceof Failure) return error
  const isFull = ['ENOSPC', 'EDQUOT'].includes(systemError(error).code)
  // Node says of a read-only disk that the directory is not there.
  const why = isFull ? explainSystemError(error, directory).message : `${directory} cannot be written to.`
  return new Failure('failed', `${why} What undoes a change is kept there.`, {
    next: ['Next: env XDG_STATE_HOME=/some/directory    in front of the same command'],
  })
}

function stored({ content, mode }: FileState): StoredState {
  return { hash: hashOf(content), length: content.length, mode }
}

/**
 * Reads the change that is under way in a project, if there is one. It is input: owner, shape, paths and bytes are checked.
 *
 * @throws {Failure} where something is there that this program did not write for this user
 */
export function readStore(root: string, host: Host): UndoStore | undefined {
  const here = storeDirectory(root, host)
  if (existsSync(path.dirname(here))) clearParts(path.dirname(here), host)
  const directory = lstatSync(here, { throwIfNoEntry: false }) ? here : movedStore(root, host)
  if (!directory) return undefined
  const journal = journalIn(directory, host)
  const isOfHere = journal?.inode === inodeOf(root) && (directory !== here || journal.root === realpathSync(root))
  const files = journal && isOfHere ? filesOf(journal, directory) : undefined
  if (journal && files) return { directory, journal, files }
  // Another run may have finished since, which takes its store away.
  if (!lstatSync(directory, { throwIfNoEntry: false })) return readStore(root, host)
  throw notOurs(directory)
}

/** The journal of a store; undefined where it is not one that this program wrote for this user. */
function journalIn(directory: string, host: Host): Journal | undefined {
  try {
    const file = path.join(directory, JOURNAL)
    const checked = [path.dirname(directory), directory, file, path.join(directory, BYTES)].map((place) =>
      lstatSync(place),
    )
    if (!checked.every((found) => isPrivate(found, host)) || (checked[2]?.size ?? 0) > MAX_JOURNAL) return undefined
    const journal: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return isJournal(journal) ? journal : undefined
  } catch {
    return undefined
  }
}

/** The files of a store with their bytes; undefined where these are not the bytes that were written down. */
function filesOf({ files }: Journal, directory: string): FileChange[] | undefined {
  let at = 0
  let isWhole = true
  const take = (bytes: Buffer, state: StoredState | undefined): FileState | undefined => {
    if (!state) return undefined
    const content = bytes.subarray(at, at + state.length)
    at += state.length
    isWhole &&= hashOf(content) === state.hash
    return { content, mode: state.mode }
  }
  try {
    const bytes = readFileSync(path.join(directory, BYTES))
    const read = files.map(({ path: file, before, after }) => ({
      path: file,
      before: take(bytes, before),
      after: take(bytes, after),
    }))
    return isWhole ? read : undefined
  } catch {
    return undefined
  }
}

/** Notes that all files are changed: what is left is for the user to resolve. @throws a system error */
export function markApplied({ directory, journal }: UndoStore): void {
  const fresh = path.join(directory, `journal-${randomBytes(4).toString('hex')}`)
  writeDurably(fresh, Buffer.from(JSON.stringify({ ...journal, applied: true })), 0o600)
  renameSync(fresh, path.join(directory, JOURNAL))
}

/** Forgets a change: first that there is one, then its bytes. @throws a system error, with the change still there */
export function removeStore({ directory }: UndoStore, host: Host): void {
  const part = path.join(path.dirname(directory), `part-${placeOf(host)}-${host.pid}-${randomBytes(4).toString('hex')}`)
  renameSync(directory, part)
  removePart(part)
}

/** What cannot be removed now, a later run removes. */
function removePart(part: string): void {
  try {
    rmSync(part, { recursive: true, force: true })
  } catch {}
}

/** Keeps what --abort takes away from the user; returns where. @throws a system error */
export function keepAborted({ directory }: UndoStore, edited: readonly { path: string; content: Buffer }[]): string {
  const kept = mkdtempSync(path.join(path.dirname(directory), 'aborted-'))
  for (const { path: file, content } of edited) {
    const place = path.join(kept, file)
    mkdirSync(path.dirname(place), { recursive: true, mode: 0o700 })
    writeDurably(place, content, 0o600)
  }
  return kept
}

function clearParts(parent: string, host: Host): void {
  for (const name of readdirSync(parent)) {
    const [, place, pid] = PART.exec(name) ?? []
    if (place === undefined || !hasEnded({ place, pid: Number(pid) }, host)) continue
    removePart(path.join(parent, name))
  }
}

function underWay(): Failure {
  return new Failure('conflict', 'Another run is changing this project right now.', {
    next: ['Next: wait until it has finished, then run the command again.'],
  })
}

function notOurs(directory: string): Failure {
  return new Failure('conflict', `${directory} exists, and this program did not write it for you.`, {
    next: ['Next: look at what is in it. If it is nothing that you need:', `rm -r ${shellQuote(directory)}`],
  })
}

import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmdirSync, statSync, unlinkSync } from 'node:fs'
import path from 'node:path'
import { systemError } from './errors.js'
import type { PlannedFile } from './existing.js'
import { hashOf } from './hash.js'
import { writeDurably } from './stage.js'

// A folder that exists cannot be replaced by one rename without losing its `.git`, its mode or the shell that stands in
// it. So the files are moved in one by one, and a journal in the staging folder lets a later run take back a half.

/** What the journal of a move says. */
interface Journal {
  readonly folders: readonly string[]
  readonly files: Readonly<Record<string, string>>
  /** New names of files that made room. */
  readonly backups: Readonly<Record<string, string>>
}

/** Where in a staging folder the finished project lies. */
export const TREE = 'tree'
const JOURNAL = 'journal.json'

/** Moves staged files into a folder that exists; what is there is renamed or kept, never replaced. On an error all is as before. */
export function moveIn(staging: string, root: string, files: readonly PlannedFile[]): void {
  // Files beside the root come first: of two runs at once, the second stumbles over the first one's first file.
  const paths = files.map((file) => file.path).sort((a, b) => foldersOf(a).length - foldersOf(b).length)
  const folders = [...new Set(paths.flatMap(foldersOf))].filter((folder) => !existsSync(path.join(root, folder)))
  const backups = Object.fromEntries(files.flatMap(({ path: file, backup }) => (backup ? [[file, backup]] : [])))
  const hashes = Object.fromEntries(files.map((file) => [file.path, hashOf(file.content)]))
  const journal: Journal = { folders, files: hashes, backups }
  writeDurably(path.join(staging, JOURNAL), Buffer.from(JSON.stringify(journal)), 0o600)
  const made: string[] = []
  try {
    for (const file of paths) {
      for (const folder of foldersOf(file)) {
        if (mkdirSync(path.join(root, folder), { recursive: true })) made.push(folder)
      }
      const backup = backups[file]
      if (backup) moveFile(path.join(root, file), path.join(root, backup))
      moveFile(path.join(staging, TREE, file), path.join(root, file))
    }
    // Last, because a half is recognised by what is still staged, and a repository is never taken back.
    const repository = path.join(staging, TREE, '.git')
    if (existsSync(repository)) renameSync(repository, path.join(root, '.git'))
  } catch (error) {
    takeBack(staging, root, { ...journal, folders: made })
    throw error
  }
}

/** Takes back a move whose run was killed before its end; a whole one, or none, is left as it is. */
export function undoMoves(staging: string, root: string): void {
  const journal = readJournal(staging)
  if (!journal) return
  const isStaged = (file: string) => existsSync(path.join(staging, TREE, file))
  if (isStaged('.git') || Object.keys(journal.files).some(isStaged)) takeBack(staging, root, journal)
}

function takeBack(staging: string, root: string, journal: Journal): void {
  for (const [file, hash] of Object.entries(journal.files)) {
    if (wasMoved(path.join(staging, TREE, file), path.join(root, file))) removeIfUnchanged(path.join(root, file), hash)
  }
  for (const [file, backup] of Object.entries(journal.backups)) restore(path.join(root, backup), path.join(root, file))
  for (const folder of [...journal.folders].sort().reverse()) removeIfEmpty(path.join(root, folder))
}

/** It is staged no more; or it is in both places, in the moment between link and unlink. */
function wasMoved(from: string, to: string): boolean {
  const staged = statSync(from, { throwIfNoEntry: false })
  return !staged || staged.ino === statSync(to, { throwIfNoEntry: false })?.ino
}

function readJournal(staging: string): Journal | undefined {
  try {
    return JSON.parse(readFileSync(path.join(staging, JOURNAL), 'utf8'))
  } catch {
    // No journal, or one that was cut off while it was written: nothing had been moved yet.
    return undefined
  }
}

/** All folders above a file, outermost first. */
function foldersOf(file: string): string[] {
  const parts = file.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

/** A link fails where a file is already; a rename would replace it. Some disks have no links. */
function moveFile(from: string, to: string): void {
  try {
    linkSync(from, to)
    unlinkSync(from)
  } catch (error) {
    const { code } = systemError(error)
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code) || existsSync(to)) throw error
    renameSync(from, to)
  }
}

function removeIfUnchanged(file: string, hash: string): void {
  try {
    if (hashOf(readFileSync(file)) === hash) unlinkSync(file)
  } catch (error) {
    if (systemError(error).code !== 'ENOENT') throw error
  }
}

function restore(backup: string, file: string): void {
  if (existsSync(backup) && !existsSync(file)) moveFile(backup, file)
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // Somebody has put something there, or it was never made.
  }
}

import { lstatSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { hashOf } from '../base/hash.js'
import type { Host } from '../base/host.js'
import { isPathInside } from '../base/inside.js'
import { isObject } from '../base/object.js'
import type { PlannedFile } from '../plan/files.js'
import { identityOf, isPrivate, type Maker, placeOf } from './owner.js'
import { writeDurably } from './stage.js'

/** What is to be moved into a directory that exists, written down before the first move. */
export interface Journal {
  readonly maker: Maker
  readonly files: readonly JournalFile[]
}

/** A file of the user's that makes room: its new name, which one it is, and what was in it when this was decided. */
export interface Backup {
  readonly path: string
  readonly identity: string
  readonly hash: string
}

/** One file of a journal. */
export interface JournalFile {
  readonly path: string
  readonly hash: string
  readonly backup?: Backup
}

const JOURNAL = 'journal.json'
const MAX_BYTES = 8 * 1024 * 1024

/** Writes the journal of a staging directory. @throws a system error */
export function writeJournal(staging: string, root: string, files: readonly PlannedFile[], host: Host): Journal {
  const entries = files.map((file): JournalFile => {
    const entry = { path: file.path, hash: hashOf(file.content) }
    if (!file.backup) return entry
    const identity = identityOf(path.join(root, file.path)) ?? ''
    return { ...entry, backup: { path: file.backup, identity, hash: hashOf(file.existing ?? Buffer.alloc(0)) } }
  })
  const journal = { maker: { place: placeOf(host), pid: host.pid }, files: entries }
  writeDurably(path.join(staging, JOURNAL), Buffer.from(JSON.stringify(journal)), 0o600)
  return journal
}

/** Reads the journal in a directory that was found; undefined where this user's program has not written it. */
export function readJournal(directory: string, host: Host): Journal | undefined {
  const file = path.join(directory, JOURNAL)
  try {
    const found = lstatSync(file)
    const isOurs = isPrivate(lstatSync(directory), host) && isPrivate(found, host) && found.isFile()
    if (!isOurs || found.size > MAX_BYTES) return undefined
    const journal: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return isJournal(journal) ? journal : undefined
  } catch {
    return undefined
  }
}

function isJournal(value: unknown): value is Journal {
  if (!isObject(value) || !isObject(value.maker) || !Array.isArray(value.files)) return false
  const { place, pid } = value.maker
  return typeof place === 'string' && Number.isInteger(pid) && Number(pid) > 0 && value.files.every(isFile)
}

function isFile(value: unknown): value is JournalFile {
  if (!isObject(value) || !isPathInside(value.path) || typeof value.hash !== 'string') return false
  const { backup } = value
  if (backup === undefined) return true
  if (!isObject(backup) || !isPathInside(backup.path)) return false
  return typeof backup.identity === 'string' && typeof backup.hash === 'string'
}

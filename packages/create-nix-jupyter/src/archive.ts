import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'

// Looks through a downloaded archive before anything is unpacked: an archive that could do harm is refused as a whole.

const BLOCK = 512
const MOST_BYTES = 64 * 1024 * 1024
const MOST_ENTRIES = 20_000
/** What every disk takes for a name, and what is left of a path when the folder around it is long itself. */
const LONGEST_NAME = 255
const LONGEST_PATH = 2048
const SET_ID_BITS = 0o6000

/** Why an archive is refused. */
export class RefusedArchive extends Error {}

interface Entry {
  path: string
  readonly type: string
  readonly mode: number
  readonly size: number
}

/**
 * Checks a .tar.gz; of what lies outside `folder` (in the archive's one top folder) only the paths matter. Returns the
 * sizes of the files inside `folder`, by their paths in it.
 */
export async function checkArchive(file: string, folder: string | undefined): Promise<Map<string, number>> {
  const tar = await unpackedBytes(file)
  let longPath: string | undefined
  let count = 0
  const files = new Map<string, number>()
  const paths = new Set<string>()
  for (let at = 0; ; ) {
    const header = tar.subarray(at, at + BLOCK)
    if (header.length < BLOCK) throw new RefusedArchive('it is cut off')
    if (header.every((byte) => byte === 0)) return files
    const entry = readHeader(header)
    const content = tar.subarray(at + BLOCK, at + BLOCK + entry.size)
    if (content.length < entry.size) throw new RefusedArchive('it is cut off')
    at += BLOCK + Math.ceil(entry.size / BLOCK) * BLOCK
    if (++count > MOST_ENTRIES) throw new RefusedArchive(`it has more than ${MOST_ENTRIES} entries`)
    if ('gxLK'.includes(entry.type)) {
      if (entry.type !== 'g') longPath = pathIn(entry.type, content) ?? longPath
      continue
    }
    entry.path = longPath ?? entry.path
    longPath = undefined
    refusePath(entry.path)
    if (!isInside(entry.path, folder)) continue
    refuseEntry(entry)
    if (entry.type !== '0') continue
    refuseHidden(entry.path, paths)
    const inner = entry.path.split('/').slice(1).join('/')
    files.set(folder ? inner.slice(folder.length + 1) : inner, entry.size)
  }
}

/** Everything that is packed, with a limit: a small file can hold gigabytes of zeros. */
async function unpackedBytes(file: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of pipeline(createReadStream(file), createGunzip(), () => {})) {
      size += chunk.length
      if (size > MOST_BYTES) throw new RefusedArchive(`it unpacks to more than ${MOST_BYTES / 1024 / 1024} MB`)
      chunks.push(chunk)
    }
  } catch (error) {
    throw error instanceof RefusedArchive ? error : new RefusedArchive('it is cut off, or no archive at all')
  }
  return Buffer.concat(chunks)
}

function readHeader(header: Buffer): Entry {
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0)
  if (sum !== octal(header, 148, 8)) throw new RefusedArchive('it is damaged')
  const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : ''
  const name = text(header, 0, 100)
  const type = String.fromCharCode(header[156] || 48)
  return { path: prefix ? `${prefix}/${name}` : name, type, mode: octal(header, 100, 8), size: octal(header, 124, 12) }
}

function text(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length)
  const end = field.indexOf(0)
  return field.subarray(0, end < 0 ? length : end).toString('utf8')
}

function octal(header: Buffer, start: number, length: number): number {
  const digits = text(header, start, length).trim()
  if (!/^[0-7]*$/.test(digits)) throw new RefusedArchive('it has a field that cannot be read')
  return Number.parseInt(digits || '0', 8)
}

/** The long name that an extra entry gives to the next one. */
function pathIn(type: string, content: Buffer): string | undefined {
  if (type === 'L') return content.toString('utf8').replace(/\0+$/, '')
  return type === 'x' ? /^\d+ path=(.*)$/m.exec(content.toString('utf8'))?.[1] : undefined
}

function refusePath(path: string): void {
  const parts = path.split('/')
  if (path.startsWith('/') || /^[a-z]:/i.test(path) || path.includes('\\'))
    throw new RefusedArchive(`${shown(path)} is an absolute path`)
  if (parts.includes('..')) throw new RefusedArchive(`${shown(path)} leaves the folder`)
  if (path.includes('\ufffd')) throw new RefusedArchive(`${shown(path)} has a name that is not UTF-8`)
  if (parts.some((part) => Buffer.byteLength(part) > LONGEST_NAME) || Buffer.byteLength(path) > LONGEST_PATH)
    throw new RefusedArchive(`${shown(path)} has a name that is too long`)
  if (/\p{Cc}/u.test(path)) throw new RefusedArchive(`${shown(path)} has a control character in its name`)
}

/** What no disk can hold is left out by whoever unpacks it, without a word. */
function refuseHidden(path: string, before: Set<string>): void {
  const parts = path.split('/')
  if (before.has(path)) throw new RefusedArchive(`${shown(path)} is in it twice`)
  const above = parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
  const file = above.find((folder) => before.has(folder))
  if (file) throw new RefusedArchive(`${shown(file)} is a file, and has a file below it`)
  before.add(path)
}

function isInside(path: string, folder: string | undefined): boolean {
  const inner = path.split('/').slice(1).join('/')
  return !folder || inner === folder || inner.startsWith(`${folder}/`)
}

function refuseEntry({ path, type, mode }: Entry): void {
  const kinds: Record<string, string> = {
    1: 'a hard link',
    2: 'a symbolic link',
    3: 'a device',
    4: 'a device',
    6: 'a pipe',
  }
  if (type !== '0' && type !== '5') throw new RefusedArchive(`${shown(path)} is ${kinds[type] ?? 'of an unknown kind'}`)
  if (mode & SET_ID_BITS) throw new RefusedArchive(`${shown(path)} would run with the rights of another user`)
  if (path.split('/').some((part) => part.toLowerCase() === '.git'))
    throw new RefusedArchive(`${shown(path)} belongs to git`)
}

function shown(path: string): string {
  return JSON.stringify(path.slice(0, 200))
}

import { Refusal } from './refusal.js'

// What a remote template may hold. All of it is known from a list of names, modes and sizes, before a byte is read.

/** A path of a template, as git's lists have it. */
export interface Entry {
  readonly path: Buffer
  /** As git writes it: 100644, 100755, 120000 … */
  readonly mode: string
  /** In bytes. */
  readonly size: number
}

/** A plain file that may be read. */
export interface PlainFile {
  readonly path: string
  readonly executable: boolean
  readonly size: number
}

export const MAX_FILES = 2000
const MAX_BYTES = 20 * 1024 * 1024
const MAX_FILE_BYTES = 10 * 1024 * 1024
const MAX_DEPTH = 32
/** What every disk takes for a name, and macOS for a path. */
const MAX_NAME_BYTES = 255
export const MAX_PATH_BYTES = 1024

const MODES: Readonly<Record<string, string>> = { 120000: 'a symbolic link', 160000: 'a submodule' }

/** What a template may say about itself, and what this program writes: neither is part of the project. */
const NOT_TAKEN = new Set(['degit.json', '.nix-jupyter.json'])
const OURS = /^\.(create-nix-jupyter|nix-jupyter\.json$)/

/** Windows opens a device by these names, whatever comes after a dot. */
const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)/i
/** Marks that turn the reading direction: a name would show as another one. */
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/
/** What macOS does not see in a name. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu

/**
 * Judges all that a template lists, as a whole.
 *
 * @returns the files to read, in the order of the list
 * @throws {Refusal} which names the path
 */
export function judge(entries: Iterable<Entry>): PlainFile[] {
  const files: PlainFile[] = []
  const seen = new Seen()
  let bytes = 0
  for (const { path, mode, size } of entries) {
    const file = textOf(path)
    if (NOT_TAKEN.has(file)) continue
    const name = shown(file)
    const wrong = wrongPath(file)
    if (wrong) throw new Refusal('REFUSED', `${name} ${wrong}`)
    if (mode !== '100644' && mode !== '100755')
      throw new Refusal('REFUSED', `${name} is ${MODES[mode] ?? 'not a regular file'}`)
    if (size > MAX_FILE_BYTES) throw new Refusal('REFUSED', `${name} is larger than ${megabytes(MAX_FILE_BYTES)}`)
    seen.add(file)
    bytes += size
    files.push({ path: file, executable: mode === '100755', size })
    if (files.length > MAX_FILES) throw new Refusal('REFUSED', `it has more than ${MAX_FILES} files`)
    if (bytes > MAX_BYTES) throw new Refusal('REFUSED', `it is larger than ${megabytes(MAX_BYTES)}`)
  }
  if (!files.some((file) => file.path === 'flake.nix')) throw new Refusal('REFUSED', 'it has no flake.nix')
  return files
}

/** @throws {Refusal} for what only says where its content is */
export function refusePointer(file: string, content: Buffer): void {
  if (content.subarray(0, 40).toString('latin1').startsWith('version https://git-lfs.github.com/spec/'))
    throw new Refusal('REFUSED', `${shown(file)} is a Git LFS pointer; its content is not in the repository`)
}

function textOf(path: Buffer): string {
  const text = path.toString()
  if (!Buffer.from(text).equals(path)) throw new Refusal('REFUSED', `${shown(text)} has a name that is not UTF-8`)
  return text
}

function wrongPath(file: string): string | undefined {
  if (Buffer.byteLength(file) > MAX_PATH_BYTES) return 'has a path that is too long'
  const names = file.split('/')
  if (names.length > MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH} directories`
  return names.map(wrongName).find((reason) => reason !== undefined)
}

function wrongName(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..') return 'is a path that leaves its directory'
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return 'has a name that is too long'
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name) || TURNING.test(name))
    return 'has a character in its name that hides what it is'
  const plain = folded(name).replace(/[. ]+$/, '')
  if (plain === '.git' || plain === 'git~1') return 'belongs to git'
  if (OURS.test(folded(name))) return 'has a name that this program reserves'
  if (/[\\:<>"|?*]|[. ]$/.test(name) || DEVICE.test(name)) return 'has a name that not every system accepts'
  if (plain.endsWith('.ejs')) return 'is EJS, which is code; a remote template may use {{name}}'
  return undefined
}

/** The same text for all names that some disk takes for one: in capitals or not, composed or not. */
function folded(name: string): string {
  return name.replace(UNSEEN, '').normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
}

/** Notices paths of which not every disk can hold both. */
class Seen {
  readonly #paths = new Map<string, { readonly path: string; readonly isFile: boolean }>()

  add(file: string): void {
    const names = file.split('/')
    for (const end of names.keys()) {
      const path = names.slice(0, end + 1).join('/')
      const isFile = end === names.length - 1
      const other = this.#paths.get(folded(path))
      if (!other) this.#paths.set(folded(path), { path, isFile })
      else if (other.path !== path) this.#refuse(other.path, path, 'are one file on some disks')
      else if (isFile && other.isFile) throw new Refusal('REFUSED', `${shown(path)} is in it twice`)
      else if (isFile || other.isFile) throw new Refusal('REFUSED', `${shown(path)} is a file, and has a file below it`)
    }
  }

  #refuse(one: string, other: string, why: string): never {
    throw new Refusal('REFUSED', `${shown(one)} and ${shown(other)} ${why}`)
  }
}

function megabytes(bytes: number): string {
  return `${bytes / 1024 / 1024} MB`
}

function shown(path: string): string {
  return path.length > 200 ? `${path.slice(0, 200)}…` : path
}

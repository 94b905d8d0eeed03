import { closeSync, fsyncSync, mkdirSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { explainSystemError, Failure, systemError } from '../base/errors.js'
import type { Host } from '../base/host.js'
import type { ProjectFile } from '../templates/render.js'

/**
 * Writes all files under a directory that nobody uses yet. They are not flushed one by one, which takes as long as all
 * the rest: what a power cut in the next seconds could empty is in the project's first commit, and nothing of
 * the user's is in it.
 *
 * @throws {Failure} which names the file
 */
export function writeFiles(directory: string, files: readonly ProjectFile[]): void {
  const made = new Set<string>()
  for (const file of files) {
    // Put together by hand: so many calls of `path.join` make V8 compile it anew, which costs 3 ms and 4 MB.
    const parent = `${directory}/${file.path.slice(0, Math.max(0, file.path.lastIndexOf('/')))}`
    try {
      if (!made.has(parent)) mkdirSync(parent, { recursive: true })
      made.add(parent)
      writeNew(`${directory}/${file.path}`, file.content, file.executable ? 0o777 : 0o666)
    } catch (error) {
      throw explainSystemError(error, file.path)
    }
  }
}

/** @throws {Failure} for a umask with which nobody, not even the user, could enter the directories that are made */
export function checkDirectory(directory: string, host: Host): void {
  if (host.platform === 'win32' || (statSync(directory).mode & 0o700) === 0o700) return
  throw new Failure('failed', 'The umask of this shell denies you access to directories that you create.', {
    next: ['Next: umask 022', 'Then run the command again.'],
  })
}

/**
 * Writes a new file and waits until it is on the disk, where the disk can say so.
 *
 * @throws a system error, EEXIST where there is a file
 */
export function writeDurably(file: string, content: Buffer, mode: number): void {
  writeNew(file, content, mode, flush)
}

/** What `writeFileSync` does, which for a hundred small files takes half as long again. */
function writeNew(file: string, content: Buffer, mode: number, finish?: (handle: number) => void): void {
  const handle = openSync(file, 'wx', mode)
  try {
    for (let written = 0; written < content.length; ) written += writeSync(handle, content, written)
    finish?.(handle)
  } finally {
    closeSync(handle)
  }
}

function flush(handle: number): void {
  try {
    fsyncSync(handle)
  } catch (error) {
    if (!['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'].includes(systemError(error).code)) throw error
  }
}

/**
 * Reads everything back; some disks report success for files that they then do not have.
 *
 * @throws {Failure} which names the file
 */
export function checkContent(directory: string, files: readonly ProjectFile[]): void {
  // All are read to one place, which has room for a byte too many: memory of its own for each would stay until the end.
  const room = Buffer.allocUnsafe(1 + Math.max(0, ...files.map(({ content }) => content.length)))
  for (const file of files) {
    const length = readBack(`${directory}/${file.path}`, file, room)
    if (length !== file.content.length || file.content.compare(room, 0, length) !== 0)
      throw new Failure('failed', `${file.path} is not as it was written: the disk or another program changed it.`)
  }
}

/** @throws {Failure} where an executable file is not executable on this disk */
export function checkModes(directory: string, files: readonly ProjectFile[], host: Host): void {
  for (const file of files) {
    const where = `${directory}/${file.path}`
    const lostBit = file.executable && host.platform !== 'win32' && !(statSync(where).mode & 0o100)
    if (lostBit) {
      throw new Failure('failed', `This disk does not keep the executable bit of ${file.path}.`, {
        next: ['Next: choose a directory in your home directory.'],
      })
    }
  }
}

/** Reads a file to a place in memory; returns its length, or one that is too large. */
function readBack(where: string, { path: file, content }: ProjectFile, room: Buffer): number {
  try {
    const handle = openSync(where, 'r')
    try {
      let length = 0
      for (;;) {
        const read = readSync(handle, room, length, content.length + 1 - length, null)
        length += read
        // A plain file that gives less than it is asked for, here the byte too many, has come to its end.
        if (read === 0 || length >= content.length) return length
      }
    } finally {
      closeSync(handle)
    }
  } catch (error) {
    throw explainSystemError(error, file)
  }
}

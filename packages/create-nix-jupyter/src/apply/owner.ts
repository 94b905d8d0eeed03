import { hash, randomBytes } from 'node:crypto'
import { lstatSync, readFileSync, readlinkSync, type Stats } from 'node:fs'
import { hostname } from 'node:os'
import type { Host } from '../base/host.js'

/** Which process made something: its number, and where that number counts. */
export interface Maker {
  readonly place: string
  readonly pid: number
}

/**
 * Where process numbers mean the same as here: on Linux this boot of this kernel and this process namespace (two containers
 * over one disk have processes of the same number), elsewhere this computer. Where that cannot be known, it is like nothing else.
 */
export function placeOf(host: Host): string {
  try {
    const linux = () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8') + readlinkSync('/proc/self/ns/pid')
    return hash('sha256', host.platform === 'linux' ? linux() : hostname(), 'hex').slice(0, 12)
  } catch {
    return randomBytes(6).toString('hex')
  }
}

/** Whether it is certain that the maker has ended. */
export function hasEnded({ place, pid }: Maker, host: Host): boolean {
  return place === placeOf(host) && !host.isRunning(pid)
}

/** Whether it is certain that the maker is at work. */
export function isAtWork({ place, pid }: Maker, host: Host): boolean {
  return place === placeOf(host) && host.isRunning(pid)
}

/** Whether a directory or plain file is this user's, and nobody else could have written to it. */
export function isPrivate(found: Stats, host: Host): boolean {
  if (!found.isDirectory() && !found.isFile()) return false
  return host.uid === undefined || (found.uid === host.uid && (found.mode & 0o077) === 0)
}

/** Two names with the same identity are one file; undefined where there is none. */
export function identityOf(file: string): string | undefined {
  const found = lstatSync(file, { bigint: true, throwIfNoEntry: false })
  return found && `${found.dev}:${found.ino}`
}

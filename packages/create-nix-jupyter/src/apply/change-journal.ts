import { isPathInside } from '../base/inside.js'
import { isObject } from '../base/object.js'
import type { Maker } from './owner.js'

/** What a file is before and after a change: absent where there is none. */
interface StoredChange {
  readonly path: string
  readonly before?: StoredState
  readonly after?: StoredState
}

/** One of the two: its bytes lie beside the journal. */
export interface StoredState {
  readonly hash: string
  readonly length: number
  readonly mode: number
}

/** A change that is under way, written down before its first step. */
export interface Journal {
  readonly root: string
  /** The number of the project's directory on its disk: it stays when the project is moved, and another project has another. */
  readonly inode: string
  readonly maker: Maker
  /** Whether all files are changed, and only conflicts are left to be resolved. */
  readonly applied: boolean
  /** Files with conflict markers. */
  readonly conflicts: readonly string[]
  /** New files that git did not know. */
  readonly added: readonly string[]
  readonly files: readonly StoredChange[]
}

/** Whether what was read has the shape of a journal, and all of its paths stay in the project. */
export function isJournal(value: unknown): value is Journal {
  if (!isObject(value) || !isObject(value.maker)) return false
  const { root, inode, maker, applied, conflicts, added, files } = value
  return (
    typeof root === 'string' &&
    typeof inode === 'string' &&
    typeof maker.place === 'string' &&
    Number.isInteger(maker.pid) &&
    Number(maker.pid) > 0 &&
    typeof applied === 'boolean' &&
    [conflicts, added].every((list) => Array.isArray(list) && list.every(isPathInside)) &&
    Array.isArray(files) &&
    files.every(isStoredChange)
  )
}

function isStoredChange(value: unknown): boolean {
  if (!isObject(value) || !isPathInside(value.path)) return false
  return [value.before, value.after].every((state) => state === undefined || isStoredState(state))
}

function isStoredState(value: unknown): boolean {
  if (!isObject(value) || typeof value.hash !== 'string') return false
  const isCount = (count: unknown, max: number) => Number.isInteger(count) && Number(count) >= 0 && Number(count) <= max
  return isCount(value.length, Number.MAX_SAFE_INTEGER) && isCount(value.mode, 0o7777)
}

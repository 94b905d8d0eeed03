import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What lies under a folder: every entry by its path.
 * @typedef {{ kind: 'file' | 'folder' | 'link' | 'other', size: number, mode: number, links: number, content: string }} Entry
 * @typedef {Map<string, Entry>} Tree
 */

/**
 * @param {string} folder
 * @returns {Tree}
 */
export function look(folder) {
  /** @type {Tree} */
  const tree = new Map()
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const where = join(folder, path)
    const stat = lstatSync(where)
    const kind = stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : stat.isSymbolicLink() ? 'link' : 'other'
    const content = kind === 'file' ? hash(readFileSync(where)) : kind === 'link' ? readlinkSync(where) : ''
    tree.set(path, { kind, size: stat.size, mode: stat.mode & 0o7777, links: stat.nlink, content })
  }
  return tree
}

/** @param {Buffer | string} content */
export function hash(content) {
  return createHash('sha256').update(content).digest('hex')
}

/**
 * The files of a project: without git's own, which only some programs make, and which are new every time.
 * @param {Tree} tree
 * @param {string} [below]
 * @returns {Tree}
 */
export function filesOf(tree, below = '') {
  const prefix = below ? `${below}/` : ''
  return new Map(
    [...tree]
      .filter(([path, { kind }]) => kind !== 'folder' && path.startsWith(prefix))
      .map(([path, entry]) => /** @type {[string, Entry]} */ ([path.slice(prefix.length), entry]))
      .filter(([path]) => path !== '.git' && !path.startsWith('.git/')),
  )
}

import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** What lies under a directory: every entry by its path. */
export type Entry = {
  kind: 'file' | 'directory' | 'link' | 'other'
  size: number
  mode: number
  links: number
  content: string
}

export type Tree = Map<string, Entry>

export function look(directory: string): Tree {
  const tree: Tree = new Map()
  for (const path of readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()) {
    const where = join(directory, path)
    const stat = lstatSync(where)
    const kind = stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : stat.isSymbolicLink() ? 'link' : 'other'
    const content = kind === 'file' ? hash(readFileSync(where)) : kind === 'link' ? readlinkSync(where) : ''
    tree.set(path, { kind, size: stat.size, mode: stat.mode & 0o7777, links: stat.nlink, content })
  }
  return tree
}

export function hash(content: Buffer | string) {
  return createHash('sha256').update(content).digest('hex')
}

/** The files of a project: without git's own, which only some programs make, and which are new every time. */
export function filesOf(tree: Tree, below: string = ''): Tree {
  const prefix = below ? `${below}/` : ''
  return new Map(
    [...tree]
      .filter(([path, { kind }]) => kind !== 'directory' && path.startsWith(prefix))
      .map(([path, entry]) => [path.slice(prefix.length), entry] as [string, Entry])
      .filter(([path]) => path !== '.git' && !path.startsWith('.git/')),
  )
}

import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'

/**
 * A path as a hostile commit has it: git's own commands would not make most of these. The mode is `100644` where nothing is said.
 *
 * @typedef {{ readonly path: string | Buffer, readonly content?: string | Buffer, readonly mode?: string }} RawEntry
 *
 * @typedef {{ readonly names: readonly string[], readonly mode: string, readonly id: string }} Flat
 */

/**
 * Makes a repository whose only commit holds exactly these entries; folders are made of the slashes.
 *
 * @param {string} folder @param {readonly RawEntry[]} entries @returns {string} the commit
 */
export function rawRepository(folder, entries) {
  mkdirSync(folder, { recursive: true })
  git(folder, ['init', '-q', '--initial-branch=main'])
  const flat = entries.map(({ path, mode = '100644', content = '' }) => ({
    names: Buffer.from(path).toString('latin1').split('/'),
    mode,
    id: mode === '160000' ? '1'.repeat(40) : write(folder, 'blob', Buffer.from(content)),
  }))
  return commit(folder, treeOf(folder, flat))
}

/**
 * Commits a tree on main, and returns the commit.
 *
 * @param {string} folder @param {string} tree
 */
export function commit(folder, tree) {
  const id = git(folder, ['-c', 'user.name=A', '-c', 'user.email=a@b', 'commit-tree', '-m', 'template', tree])
  git(folder, ['update-ref', 'refs/heads/main', id])
  return id
}

/**
 * Writes a tree as it is told, and returns its id.
 *
 * @param {string} folder @param {readonly (readonly [mode: string, name: string, id: string])[]} entries
 */
export function writeTree(folder, entries) {
  const bytes = entries.map(([mode, name, id]) =>
    Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name, 'latin1'), Buffer.from([0]), Buffer.from(id, 'hex')]),
  )
  return write(folder, 'tree', Buffer.concat(bytes))
}

/** @param {string} folder @param {readonly Flat[]} flat @returns {string} */
function treeOf(folder, flat) {
  const files = flat.filter(({ names }) => names.length === 1)
  /** @type {Map<string, Flat[]>} */
  const below = new Map()
  for (const entry of flat.filter(({ names }) => names.length > 1)) {
    const [name = '', ...names] = entry.names
    below.set(name, [...(below.get(name) ?? []), { ...entry, names }])
  }
  return writeTree(folder, [
    ...files.map(({ names: [name = ''], mode, id }) => /** @type {const} */ ([mode, name, id])),
    ...[...below].map(([name, entries]) => /** @type {const} */ (['40000', name, treeOf(folder, entries)])),
  ])
}

/** @param {string} folder @param {string} type @param {Buffer} content */
function write(folder, type, content) {
  return git(folder, ['hash-object', '-t', type, '-w', '--stdin', '--literally'], content)
}

/** @param {string} cwd @param {string[]} args @param {Buffer} [input] */
function git(cwd, args, input) {
  return execFileSync('git', args, { cwd, encoding: 'utf8', ...(input && { input }) }).trim()
}

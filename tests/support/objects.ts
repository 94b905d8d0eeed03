import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'

/** A path as a hostile commit has it: git's own commands would not make most of these. The mode is `100644` where nothing is said. */
export type RawEntry = { readonly path: string | Buffer; readonly content?: string | Buffer; readonly mode?: string }

type Flat = { readonly names: readonly string[]; readonly mode: string; readonly id: string }

/** Makes a repository whose only commit holds exactly these entries (a slash makes a directory), and gives the commit. */
export function rawRepository(directory: string, entries: readonly RawEntry[]): string {
  mkdirSync(directory, { recursive: true })
  git(directory, ['init', '-q', '--initial-branch=main'])
  const flat = entries.map(({ path, mode = '100644', content = '' }) => ({
    names: Buffer.from(path as string)
      .toString('latin1')
      .split('/'),
    mode,
    id: mode === '160000' ? '1'.repeat(40) : write(directory, 'blob', Buffer.from(content as string)),
  }))
  return commit(directory, treeOf(directory, flat))
}

/** Commits a tree on main, and gives the commit. */
export function commit(directory: string, tree: string): string {
  const id = git(directory, ['-c', 'user.name=A', '-c', 'user.email=a@b', 'commit-tree', '-m', 'template', tree])
  git(directory, ['update-ref', 'refs/heads/main', id])
  return id
}

/** Writes a tree as it is told, and gives its id. */
export function writeTree(
  directory: string,
  entries: readonly (readonly [mode: string, name: string, id: string])[],
): string {
  const bytes = entries.map(([mode, name, id]) =>
    Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name, 'latin1'), Buffer.from([0]), Buffer.from(id, 'hex')]),
  )
  return write(directory, 'tree', Buffer.concat(bytes))
}

function treeOf(directory: string, flat: readonly Flat[]): string {
  const files = flat.filter(({ names }) => names.length === 1)
  const below = new Map<string, Flat[]>()
  for (const entry of flat.filter(({ names }) => names.length > 1)) {
    const [name = '', ...names] = entry.names
    below.set(name, [...(below.get(name) ?? []), { ...entry, names }])
  }
  return writeTree(directory, [
    ...files.map(({ names: [name = ''], mode, id }) => [mode, name, id] as const),
    ...[...below].map(([name, entries]) => ['40000', name, treeOf(directory, entries)] as const),
  ])
}

function write(directory: string, type: string, content: Buffer): string {
  return git(directory, ['hash-object', '-t', type, '-w', '--stdin', '--literally'], content)
}

function git(cwd: string, args: string[], input?: Buffer): string {
  return execFileSync('git', args, { cwd, encoding: 'utf8', ...(input && { input }) }).trim()
}

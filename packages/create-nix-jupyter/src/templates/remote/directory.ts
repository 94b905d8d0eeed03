import { existsSync, lstatSync, readdirSync, readFileSync, type Stats } from 'node:fs'
import path from 'node:path'
import type { RunGit } from '../../base/run-git.js'
import type { ProjectFile } from '../render.js'
import { Refusal } from './refusal.js'
import { type Entry, judge, refusePointer } from './rules.js'

const SET_ID_BITS = 0o6000

/**
 * Reads a template in a directory of this machine, by the rules that hold for one from a server.
 *
 * @throws {Refusal}, or a system error
 */
export async function readDirectory(directory: string, git: RunGit): Promise<ProjectFile[]> {
  const isCheckout = existsSync(path.join(directory, '.git'))
  const paths = isCheckout ? await listCheckout(directory, git) : walk(directory, Buffer.alloc(0))
  return judge(entriesIn(directory, paths)).map(({ path: file, executable, size }) => {
    const content = readFileSync(path.join(directory, file))
    if (content.length !== size) throw new Refusal('REFUSED', `${file} is being changed right now`)
    refusePointer(file, content)
    return { path: file, content, executable, origin: 'template' }
  })
}

/** What git knows of a checkout, and what is new in it and not ignored: as it lies on the disk now. */
async function listCheckout(directory: string, git: RunGit): Promise<Buffer[]> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const listed = await git(directory, [
    `--git-dir=${path.join(directory, '.git')}`,
    `--work-tree=${directory}`,
    ...args,
  ])
  if (listed.missing) throw new Refusal('NO_GIT', listed.error)
  if (!listed.ok) throw new Refusal('REFUSED', `git cannot list it (${listed.error.split('\n')[0]})`)
  const names = new Set(listed.bytes.toString('latin1').split('\0').filter(Boolean))
  return [...names].sort().map((name) => Buffer.from(name.replace(/\/$/, ''), 'latin1'))
}

function* walk(root: string, below: Buffer): Generator<Buffer> {
  const names = readdirSync(inside(root, below), { encoding: 'buffer' }).sort(Buffer.compare)
  if (names.length === 0 && below.length > 0) {
    const what = `${below} is an empty directory, which git would not keep; put a file such as .gitkeep into it`
    throw new Refusal('REFUSED', what)
  }
  for (const name of names) {
    const found = below.length > 0 ? Buffer.concat([below, Buffer.from('/'), name]) : name
    if (lstatSync(inside(root, found)).isDirectory()) yield* walk(root, found)
    else yield found
  }
}

function* entriesIn(root: string, paths: Iterable<Buffer>): Generator<Entry> {
  for (const found of paths) {
    const stats = lstatSync(inside(root, found), { throwIfNoEntry: false })
    // What git knows, but somebody has deleted.
    if (!stats) continue
    if (stats.isFile() && stats.mode & SET_ID_BITS)
      throw new Refusal('REFUSED', `${found} would run with the permissions of another user`)
    yield { path: found, mode: modeOf(stats), size: stats.size }
  }
}

/** As git writes it. */
function modeOf(stats: Stats): string {
  if (stats.isFile()) return stats.mode & 0o100 ? '100755' : '100644'
  return stats.isSymbolicLink() ? '120000' : stats.isDirectory() ? '160000' : ''
}

function inside(root: string, below: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${root}/`), below])
}

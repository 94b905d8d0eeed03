import { createHash } from 'node:crypto'
import type { RunGit } from '../../base/run-git.js'
import type { ProjectFile } from '../render.js'
import { explain } from './git.js'
import { Refusal } from './refusal.js'
import { type Entry, judge, MAX_FILES, MAX_PATH_BYTES, refusePointer } from './rules.js'

/** Which directory of which commit is read. */
interface Reading {
  readonly repository: string
  readonly commit: string
  /** Relative to the top, without slashes around it; empty for all. */
  readonly directory: string
  readonly git: RunGit
}

interface Blob extends Entry {
  readonly id: string
}

const MAX_LIST_BYTES = MAX_FILES * (MAX_PATH_BYTES + 100)

/**
 * Reads the plain files of a commit from git's objects, and compares each with the id that the commit has for it.
 *
 * @throws {Refusal} where they are not all there, or break a rule
 */
export async function readCommit(reading: Reading): Promise<ProjectFile[]> {
  const blobs = await listBlobs(reading)
  const idOf = new Map(blobs.map(({ path, id }) => [path.toString(), id]))
  const files = judge(blobs)
  const contents = await readBlobs(reading, [...new Set(idOf.values())])
  return files.map(({ path, executable, size }) => {
    const content = contents.get(idOf.get(path) ?? '')
    if (content?.length !== size) throw new Refusal('DAMAGED', `${path} has not arrived`)
    refusePointer(path, content)
    return { path, content, executable, origin: 'template' }
  })
}

async function listBlobs({ repository, commit, directory, git }: Reading): Promise<Blob[]> {
  const treeish = directory ? `${commit}:${directory}` : commit
  const list = [`--git-dir=${repository}`, 'ls-tree', '-r', '-z', '-l', '--full-tree', '--end-of-options', treeish]
  const listed = await git(repository, list, { maxBytes: MAX_LIST_BYTES, env: SAFE })
  if (listed.stopped === 'large') throw new Refusal('REFUSED', `it has more than ${MAX_FILES} files`)
  if (!listed.ok && directory) {
    const whole = await git(repository, [`--git-dir=${repository}`, 'cat-file', '-e', `${commit}^{tree}`])
    if (whole.ok) throw new Refusal('NO_DIRECTORY', listed.error)
  }
  if (!listed.ok) throw damaged(listed)
  return listed.bytes.toString('latin1').split('\0').filter(Boolean).map(blobOf)
}

/** Reads `MODE TYPE ID SIZE<tab>PATH`. */
function blobOf(line: string): Blob {
  const [facts = '', ...rest] = line.split('\t')
  const [mode = '', , id = '', size] = facts.split(/ +/)
  return { mode, id, size: Number(size) || 0, path: Buffer.from(rest.join('\t'), 'latin1') }
}

/** Reads objects, each by its id. */
async function readBlobs({ repository, git }: Reading, ids: readonly string[]): Promise<Map<string, Buffer>> {
  const input = ids.map((id) => `${id}\n`).join('')
  const read = await git(repository, [`--git-dir=${repository}`, 'cat-file', '--batch'], { input, env: SAFE })
  if (!read.ok) throw damaged(read)
  const contents = new Map<string, Buffer>()
  for (let at = 0; at < read.bytes.length; ) {
    const end = read.bytes.indexOf('\n', at)
    const [id = '', type, length] = read.bytes.toString('latin1', at, end).split(' ')
    const content = read.bytes.subarray(end + 1, end + 1 + Number(length))
    if (type !== 'blob' || idOfBlob(id, content) !== id)
      throw new Refusal('DAMAGED', `object ${id} is not what its id says`)
    contents.set(id, content)
    at = end + 2 + content.length
  }
  return contents
}

function idOfBlob(id: string, content: Buffer): string {
  return createHash(id.length === 64 ? 'sha256' : 'sha1')
    .update(`blob ${content.length}\0`)
    .update(content)
    .digest('hex')
}

/** Objects are read as they are: not replaced, and not fetched on the way. */
const SAFE = { GIT_NO_REPLACE_OBJECTS: '1', GIT_NO_LAZY_FETCH: '1' }

function damaged(ran: Parameters<typeof explain>[0]): Refusal {
  const { code, message } = explain(ran)
  return code === 'NO_GIT' ? new Refusal(code, message) : new Refusal('DAMAGED', message)
}

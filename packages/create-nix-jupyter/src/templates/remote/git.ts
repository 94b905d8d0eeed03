import { lstatSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Ran, RunGit } from '../../base/run-git.js'
import { type Cache, isCommitId } from './cache.js'
import { Refusal } from './refusal.js'

/** A repository may be large; a server that says nothing is given up much sooner. */
const FETCH_TIMEOUT_MS = 10 * 60_000
const SERVER = { remote: true, timeoutMs: FETCH_TIMEOUT_MS }
const MAX_PACK_BYTES = 100 * 1024 * 1024
const MIN_ABBREVIATION = 8

const CONFIG = {
  'maintenance.auto': 'false',
  // Everything goes through index-pack, which needs little memory for a large file.
  'fetch.unpackLimit': '1',
  'core.bigFileThreshold': '16m',
}
const CONFIG_ARGUMENTS = Object.entries(CONFIG).flatMap(([key, value]) => ['-c', `${key}=${value}`])

/** Which state of a repository is wanted. */
export interface Wanted {
  readonly url: string
  readonly ref: string
  readonly cache: Cache
  readonly git: RunGit
  readonly offline: boolean
}

/** The commit, and under which name the server gives it. */
export interface Found {
  readonly commit: string
  readonly name: string
}

/**
 * Finds the commit that a ref means: on the server, or where that cannot be reached as it was the last time.
 *
 * @throws {Refusal} where there is none, or no way to it
 */
export async function findCommit(wanted: Wanted): Promise<Found & { isOld: boolean }> {
  const { ref, cache, offline } = wanted
  // A whole commit id is never a name, whatever branches the server has.
  if (isCommitId(ref)) return { commit: ref, name: ref, isOld: false }
  const known = cache.recall(ref)
  if (offline) {
    if (known) return { commit: known, name: known, isOld: false }
    throw new Refusal('NOT_CACHED', '')
  }
  try {
    const found = selectRef(await listRefs(wanted, namesOf(ref)), ref) ?? (await findAbbreviated(wanted))
    if (!found) throw new Refusal('NOT_FOUND', '')
    return { ...found, isOld: false }
  } catch (error) {
    if (!known || !(error instanceof Refusal) || error.code !== 'UNREACHABLE') throw error
    return { commit: known, name: known, isOld: true }
  }
}

/**
 * The repository in the cache that holds a commit, fetched where it is not there yet.
 *
 * @throws {Refusal} where it cannot be fetched; then nothing of it stays
 */
export async function ensureCommit(wanted: Omit<Wanted, 'ref'> & Found): Promise<string> {
  const { url, commit, name, cache, git, offline } = wanted
  const found = cache.find(commit)
  if (found) return found
  if (offline) throw new Refusal('NOT_CACHED', '')
  const part = cache.newPart()
  try {
    await fetchInto(part, url, { commit, name }, git)
    return cache.keep(part, commit)
  } finally {
    rmSync(part, { recursive: true, force: true })
  }
}

async function fetchInto(part: string, url: string, { commit, name }: Found, git: RunGit): Promise<void> {
  const where = path.dirname(part)
  const env = { GIT_DEFAULT_HASH: commit.length === 64 ? 'sha256' : 'sha1' }
  const made = await git(where, ['init', '--quiet', '--bare', '--template=', part], { env })
  if (!made.ok) throw explain(made)
  const fetch = ['fetch', '--progress', '--depth=1', '--no-tags', '--no-recurse-submodules']
  const refspec = `+${name}:refs/heads/template`
  const fetched = await git(where, [`--git-dir=${part}`, ...CONFIG_ARGUMENTS, ...fetch, '--', url, refspec], {
    ...SERVER,
    isTooLarge: () => packBytes(part) > MAX_PACK_BYTES,
  })
  if (!fetched.ok) throw explain(fetched)
  const arrived = await git(where, [`--git-dir=${part}`, 'rev-parse', '--verify', 'refs/heads/template^{commit}'])
  if (arrived.output !== commit) throw new Refusal('UNREACHABLE', `${name} was changed while it was fetched`)
}

function namesOf(ref: string): string[] {
  if (ref === 'HEAD') return ['HEAD', 'refs/heads/main', 'refs/heads/master']
  return [`refs/heads/${ref}`, `refs/tags/${ref}`, `refs/tags/${ref}^{}`]
}

/** Reads `git ls-remote`: of a tag with a message the commit counts, which comes after it with `^{}`. */
async function listRefs({ url, cache, git }: Wanted, patterns: readonly string[]): Promise<Map<string, string>> {
  // In the cache, because settings of a repository that the user happens to stand in have nothing to say.
  const listed = await git(cache.directory, ['ls-remote', '--quiet', '--', url, ...patterns], SERVER)
  if (!listed.ok) throw explain(listed)
  const lines = listed.output.split('\n').map((line) => line.split('\t'))
  return new Map(lines.flatMap(([id = '', name]) => (name && isCommitId(id) ? [[name, id] as const] : [])))
}

function selectRef(refs: ReadonlyMap<string, string>, ref: string): Found | undefined {
  const name = namesOf(ref).find((candidate) => refs.has(candidate))
  const commit = name && (refs.get(`${name}^{}`) ?? refs.get(name))
  return name && commit ? { name, commit } : undefined
}

/** The beginning of a commit id, as far as a branch or a tag points at that commit. */
async function findAbbreviated(wanted: Wanted): Promise<Found | undefined> {
  const { ref } = wanted
  if (ref.length < MIN_ABBREVIATION || !/^[0-9a-f]+$/.test(ref)) return undefined
  const refs = await listRefs(wanted, ['refs/heads/*', 'refs/tags/*'])
  const commits = new Set([...refs.values()].filter((id) => id.startsWith(ref)))
  const [commit, ...more] = commits
  const name = [...refs].find(([, id]) => id === commit)?.[0].replace(/\^\{\}$/, '')
  return commit && name && more.length === 0 ? { name, commit } : undefined
}

/** How large a pack has grown that is still arriving; what vanishes meanwhile was moved to its place. */
function packBytes(repository: string): number {
  const directory = path.join(repository, 'objects/pack')
  try {
    const sizes = readdirSync(directory).map((name) => lstatSync(path.join(directory, name)).size)
    return sizes.reduce((sum, size) => sum + size, 0)
  } catch {
    return 0
  }
}

const FULL =
  /no space left|disk quota|file too large|read-only file system|unable to (write|create)|write error|died of signal/i
const NO_WAY =
  /could not resolve|couldn't resolve|failed to connect|couldn't connect|connection (refused|reset|timed out|closed)|network is unreachable|no route to host|timed out|proxy|ssl|certificate|hung up|early eof|unable to look up/i

/** Says what kept git from it. Of what git says, the line with the reason counts, and that is the last one. */
export function explain(ran: Ran): Refusal {
  if (ran.missing) return new Refusal('NO_GIT', ran.error)
  if (ran.stopped === 'large') {
    return new Refusal('REFUSED', `it is larger than ${MAX_PACK_BYTES / 1024 / 1024} MB, packed, or has endless lists`)
  }
  if (ran.stopped) return new Refusal('UNREACHABLE', ran.error)
  const lines = ran.error.split(/[\r\n]+/)
  const reason = lines.findLast((line) => line.startsWith('fatal: ')) ?? lines.at(-1) ?? ''
  const full = lines.find((line) => FULL.test(line))
  if (full) return new Refusal('DISK', full)
  const noWay = lines.find((line) => NO_WAY.test(line))
  if (noWay) return new Refusal('UNREACHABLE', noWay)
  if (/invalid index-pack output/.test(reason)) {
    // It says why, unless the system has ended it, which is what a limit (ulimit -f) does.
    const [first] = lines.filter((line) => line.startsWith('fatal: '))
    return first === reason ? new Refusal('DISK', reason) : new Refusal('UNREACHABLE', first ?? reason)
  }
  return new Refusal('NOT_FOUND', reason.replace(/^fatal: /, ''))
}

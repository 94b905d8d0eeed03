import { createHash, randomBytes } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { Refusal } from './refusal.js'

// ~/.cache/create-nix-jupyter/templates/<hash of the address>/
//   <commit>            a bare repository with this commit alone, moved there when it is whole
//   ref-<hash of a ref> the commit that a branch or tag meant the last time
//   part-…              a repository that is being fetched

/** Where the cache is, and whose it has to be. */
export interface CacheRequest {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: string
  readonly uid: number | undefined
}

/** What is kept of one repository. */
export interface Cache {
  readonly directory: string
  /** The repository that holds a commit, if there is one. */
  readonly find: (commit: string) => string | undefined
  /** The commit that a branch or tag meant the last time. */
  readonly recall: (ref: string) => string | undefined
  readonly remember: (ref: string, commit: string) => void
  /** A new name for a repository that is being fetched. */
  readonly newPart: () => string
  /** Keeps a part that is whole, unless another run was faster. */
  readonly keep: (part: string, commit: string) => string
  readonly remove: (commit: string) => void
}

const DAY_MS = 24 * 60 * 60 * 1000
const OTHERS_MAY_WRITE = 0o022

/**
 * Opens the cache of one address.
 *
 * @throws {Refusal} where a directory on the way to it is not the user's own, or a system error
 */
export function openCache(address: string, request: CacheRequest): Cache {
  const directory = path.join(cacheHome(request), 'create-nix-jupyter', 'templates', hashOf(address))
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  for (const checked of [path.dirname(path.dirname(directory)), path.dirname(directory), directory])
    refuseStrange(checked, request)
  removeOldParts(directory)
  const refFile = (ref: string) => path.join(directory, `ref-${hashOf(ref)}`)
  const find = (commit: string) => {
    const repository = path.join(directory, commit)
    if (!existsSync(repository)) return undefined
    refuseStrange(repository, request)
    return repository
  }
  return {
    directory,
    find,
    recall: (ref) => {
      const text = existsSync(refFile(ref)) ? readFileSync(refFile(ref), 'utf8').trim() : ''
      return isCommitId(text) ? text : undefined
    },
    remember: (ref, commit) => {
      const part = `${refFile(ref)}.${randomBytes(4).toString('hex')}`
      writeFileSync(part, `${commit}\n`, { mode: 0o600 })
      renameSync(part, refFile(ref))
    },
    newPart: () => path.join(directory, `part-${randomBytes(8).toString('hex')}`),
    keep: (part, commit) => {
      const repository = path.join(directory, commit)
      try {
        renameSync(part, repository)
      } catch (error) {
        if (!existsSync(repository)) throw error
      }
      return repository
    },
    remove: (commit) => rmSync(path.join(directory, commit), { recursive: true, force: true }),
  }
}

/** Whether a text is a whole commit id, of either of git's two kinds. */
export function isCommitId(text: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text)
}

function cacheHome({ env, platform }: CacheRequest): string {
  const set = platform === 'win32' ? env.LOCALAPPDATA : env.XDG_CACHE_HOME
  return set && path.isAbsolute(set) ? set : path.join(env.HOME || homedir(), '.cache')
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

/** A directory that somebody else can fill says nothing about what a site has. */
function refuseStrange(directory: string, { uid, platform }: CacheRequest): void {
  const found = lstatSync(directory)
  const isOurs = platform === 'win32' || (found.uid === uid && (found.mode & OTHERS_MAY_WRITE) === 0)
  if (!found.isDirectory() || !isOurs) {
    throw new Refusal('DISK', `${directory} must be a directory that only you can write to`)
  }
}

/** What killed runs have left. */
function removeOldParts(directory: string): void {
  for (const name of readdirSync(directory).filter((entry) => entry.startsWith('part-'))) {
    const part = path.join(directory, name)
    const found = lstatSync(part, { throwIfNoEntry: false })
    if (found && Date.now() - found.mtimeMs > DAY_MS) rmSync(part, { recursive: true, force: true })
  }
}

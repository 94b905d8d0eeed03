import { parse, projects, type Repository } from 'built:degit'
import type { RunGit } from '../../base/run-git.js'
import type { ProjectFile } from '../render.js'
import { type CacheRequest, openCache } from './cache.js'
import { readDirectory } from './directory.js'
import { ensureCommit, findCommit } from './git.js'
import { Refusal } from './refusal.js'
import { readCommit } from './tree.js'

// Built as a file of its own, loaded only for a remote template. degit reads where it is; git alone fetches it, into
// a bare repository in the cache, and plain files are read from git's objects: nothing is unpacked, and there is no work tree.

/** What is fetched, and with what. */
export interface RemoteRequest extends CacheRequest {
  /** As degit writes it: `owner/repo/directory#ref`, `gitlab:…`, an address. */
  readonly address: string
  /** Only from the cache. */
  readonly offline: boolean
  readonly git: RunGit
}

/** What came of it. */
export type Fetched =
  | {
      readonly ok: true
      readonly commit: string
      readonly files: readonly ProjectFile[]
      /** The bare repository that holds the commit, for those who want to look. */
      readonly repository: string
      /** The directory in it, with a slash at its end; empty for all. */
      readonly directory: string
      /** The site could not be reached, and this is what it had the last time. */
      readonly isOld: boolean
    }
  | { readonly ok: false; readonly code: string; readonly message: string }

/** Fetches a template. Never rejects: a failure comes back as data. */
export async function fetchRemote(request: RemoteRequest): Promise<Fetched> {
  let first: Fetched | undefined
  try {
    const parsed = parse(request.address)
    for (const candidate of projects(request.address, parsed)) {
      const fetched = await orFailure(() => fetchFrom(candidate, request))
      if (fetched.ok || fetched.code !== 'NOT_FOUND') return fetched
      first ??= fetched
    }
  } catch (error) {
    return failureOf(error)
  }
  return first ?? { ok: false, code: 'NOT_FOUND', message: '' }
}

/** Reads a template in a directory of this machine; of a git checkout, what git does not ignore. Never rejects. */
export function readLocal(directory: string, git: RunGit): Promise<Fetched> {
  return orFailure(async () => {
    return {
      ok: true,
      commit: '',
      repository: directory,
      directory: '',
      isOld: false,
      files: await readDirectory(directory, git),
    }
  })
}

async function fetchFrom(candidate: Repository, request: RemoteRequest): Promise<Fetched> {
  const { git, offline } = request
  const url = candidate.transport === 'ssh' ? candidate.ssh : candidate.url
  const cache = openCache(url, request)
  const { isOld, ...found } = await findCommit({ url, ref: candidate.ref, cache, git, offline })
  const repository = await ensureCommit({ url, ...found, cache, git, offline: offline || isOld })
  const directory = candidate.subdir?.split('/').filter(Boolean).join('/') ?? ''
  try {
    const files = await readCommit({ repository, commit: found.commit, directory, git })
    if (!offline && !isOld) cache.remember(candidate.ref, found.commit)
    return { ok: true, commit: found.commit, files, repository, directory: directory && `${directory}/`, isOld }
  } catch (error) {
    // Nothing of what is refused is kept, and what is damaged is fetched again the next time.
    if (error instanceof Refusal && error.code !== 'NO_DIRECTORY') cache.remove(found.commit)
    throw error
  }
}

async function orFailure(work: () => Promise<Fetched>): Promise<Fetched> {
  try {
    return await work()
  } catch (error) {
    return failureOf(error)
  }
}

function failureOf(error: unknown): Fetched {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const message = error instanceof Error ? error.message : String(error)
  return { ok: false, code: error instanceof Error && 'errno' in error ? 'DISK' : code, message }
}

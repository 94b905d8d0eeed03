import { randomBytes } from 'node:crypto'
import { lstatSync, renameSync, rmSync } from 'node:fs'
import degit from 'degit'
import { checkArchive, RefusedArchive } from './archive.js'
import { download } from './download.js'
import type { Ran } from './git.js'

// Built as a file of its own, loaded only for a template from elsewhere. degit finds the commit and knows the hosts; the
// download, the archive's check and git are ours.

/** What is fetched, and with what. */
export interface FetchRequest {
  /** As degit writes it: `owner/repo/folder#ref`, `gitlab:…`, an address. */
  readonly source: string
  /** An empty folder. */
  readonly destination: string
  /** Only from the cache. */
  readonly offline: boolean
  readonly git: (cwd: string, args: readonly string[]) => Promise<Ran>
  readonly signal: AbortSignal | undefined
}

/** What came of it. */
export type Fetched =
  | { readonly ok: true; readonly commit: string; readonly fromCache: boolean }
  | { readonly ok: false; readonly code: string; readonly message: string }

/** Fetches a template; every failure comes back as data, because this file shares no classes with the program. */
export async function fetchTemplate(request: FetchRequest): Promise<Fetched> {
  let refused: RefusedArchive | undefined
  let disk: Error | undefined
  let unreachable: string | undefined
  let commit = ''
  let fromCache = false
  try {
    const source = degit(request.source, {
      mode: 'tar',
      verbose: true,
      cache: request.offline,
      git: gitClient(request, {
        found: (hash) => {
          commit = hash
        },
        failed: (error) => {
          unreachable = wayOut(error)
        },
      }),
      fetch: async (url, file, proxy) => {
        await fetchChecked(url, file, proxy, source.repo?.subdir, request.signal).catch((error) => {
          if (error instanceof RefusedArchive) refused = error
          if (isDiskError(error)) disk = error
          throw error
        })
      },
    })
    let archive: string | undefined
    source.on('info', ({ code, message }) => {
      if (code === 'EXTRACTING') archive = /^extracting (?:.* from )?(.*\.tar\.gz) to /.exec(message)?.[1]
    })
    // A template's degit.json can fetch more, delete, and read the environment: none of that is wanted here.
    source.getDirectives = () => false
    source.shouldFallbackToGit = (error) =>
      !refused && !disk && !request.signal?.aborted && !request.offline && isDownloadError(error)
    const { getHash, getHashFromCache } = source
    source.getHash = async (repo, cached) => {
      const hash = await getHash.call(source, repo, cached)
      if (hash) commit = hash
      return hash
    }
    source.getHashFromCache = (repo, cached) => {
      const hash = getHashFromCache.call(source, repo, cached)
      if (hash) [commit, fromCache] = [hash, true]
      return hash
    }
    await unlessStopped(source.clone(request.destination), request.signal)
    if (archive) await compareWith(archive, source.repo?.subdir, request.destination)
    return { ok: true, commit, fromCache }
  } catch (error) {
    if (refused) return { ok: false, code: 'REFUSED', message: refused.message }
    if (error instanceof RefusedArchive) return { ok: false, code: 'REFUSED', message: error.message }
    if (disk || isDiskError(error)) return { ok: false, code: 'DISK', message: explain(disk ?? error).message }
    if (unreachable && !request.offline) return { ok: false, code: 'UNREACHABLE', message: unreachable }
    return { ok: false, ...explain(error) }
  }
}

/** Whoever is waited for may take its time to notice that the run was stopped. */
async function unlessStopped(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  const stopped = new Promise<never>((_, reject) => {
    const stop = () => reject(new Error('stopped'))
    if (signal?.aborted) stop()
    signal?.addEventListener('abort', stop, { once: true })
  })
  await Promise.race([work, stopped])
}

/** What was unpacked has to be what the archive holds: a full disk makes files short, or leaves them out. */
async function compareWith(archive: string, subdir: string | undefined, folder: string): Promise<void> {
  const files = await checkArchive(archive, subdir?.replace(/^\/|\/$/g, ''))
  for (const [file, size] of files) {
    const found = lstatSync(`${folder}/${file}`, { throwIfNoEntry: false })
    if (found?.size !== size) {
      const what = `${file} of the template could not be unpacked as a whole`
      throw Object.assign(new Error(what), { code: 'ENOSPC' })
    }
  }
}

/** Errors that have to do with the disk or the limits here, and nothing with the network. */
function isDiskError(error: unknown): error is Error {
  const codes = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'EMFILE', 'ENFILE']
  for (let cause = error; cause instanceof Error; cause = 'original' in cause ? cause.original : undefined) {
    const isNetwork = 'syscall' in cause && cause.syscall === 'connect'
    if (!isNetwork && 'code' in cause && codes.includes(String(cause.code))) return true
  }
  return false
}

/** Downloads beside the cache and moves in what is whole and harmless: the cache never holds a part. */
async function fetchChecked(
  url: string,
  file: string,
  proxy: string | undefined,
  folder: string | undefined,
  signal: AbortSignal | undefined,
) {
  const part = `${file}.${randomBytes(4).toString('hex')}.part`
  try {
    await download(url, part, proxy, signal)
    await checkArchive(part, folder?.replace(/^\/|\/$/g, ''))
    renameSync(part, file)
  } finally {
    rmSync(part, { force: true })
  }
}

/** What is heard of git: the commit of a clone, and what it said when it failed, of which degit keeps nothing. */
interface Listener {
  readonly found: (commit: string) => void
  readonly failed: (error: string) => void
}

/** degit's two wishes, done by the git of the machine, with the user's own credentials. */
function gitClient({ git }: FetchRequest, { found, failed }: Listener) {
  const run = async (cwd: string, args: readonly string[]) => {
    const ran = await git(cwd, args)
    if (ran.ok) return ran.output
    failed(ran.error)
    throw Object.assign(new Error(ran.error || 'git could not be started'), {
      code: ran.missing ? 'NO_GIT' : 'GIT_FAILED',
    })
  }
  return {
    fetchRefs: async (repo: Repo) => {
      const listed = await run('.', ['ls-remote', '--', addressOf(repo)])
      const exact = /^[0-9a-f]{40}$/.test(repo.ref) ? [{ hash: repo.ref, name: repo.ref, type: 'commit' }] : []
      return [...refsIn(listed), ...exact]
    },
    clone: async (repo: Repo, destination: string, ref = 'HEAD') => {
      await run('.', ['init', '--quiet', '--template=', destination])
      await run(destination, ['fetch', '--quiet', '--depth', '1', '--no-tags', '--', addressOf(repo), ref])
      await run(destination, ['-c', 'advice.detachedHead=false', 'checkout', '--quiet', 'FETCH_HEAD'])
      found(await run(destination, ['rev-parse', 'HEAD']))
      rmSync(`${destination}/.git`, { recursive: true, force: true })
    },
  }
}

interface Repo {
  readonly ref: string
  readonly transport: 'https' | 'ssh'
  readonly ssh: string
  readonly url: string
}

function addressOf({ transport, ssh, url }: Repo): string {
  return transport === 'ssh' ? ssh : url
}

/** Reads `git ls-remote`; of a tag with a message the commit counts, which comes after it with `^{}`. */
function refsIn(listed: string) {
  const refs = new Map<string, { hash: string; name: string; type: string }>()
  for (const line of listed.split('\n')) {
    const [hash, ref] = line.split('\t')
    if (!hash || !ref) continue
    const [, kind, name] = /^refs\/(head|tag)s\/(.*?)(?:\^\{\})?$/.exec(ref) ?? []
    if (ref === 'HEAD') refs.set(ref, { hash, name: 'HEAD', type: 'HEAD' })
    else if (name) refs.set(`${kind}/${name}`, { hash, name, type: kind === 'head' ? 'branch' : 'tag' })
  }
  return [...refs.values()]
}

/** The line in which git, curl or ssh says that there is no way to the site; undefined where the site has answered. */
function wayOut(error: string): string | undefined {
  const noWay =
    /could not resolve|failed to connect|connection (refused|reset|timed out)|network is unreachable|timed out|proxy/i
  return error.split('\n').find((line) => noWay.test(line))
}

function isDownloadError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'COULD_NOT_DOWNLOAD'
}

/** The deepest message is the one that says what happened. */
function explain(error: unknown): { code: string; message: string } {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const original = error instanceof Error && 'original' in error ? error.original : undefined
  const deepest = original instanceof Error ? original : error
  return { code, message: deepest instanceof Error ? deepest.message : String(deepest) }
}

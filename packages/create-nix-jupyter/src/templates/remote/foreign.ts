import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { Failure, throwIfStopped } from '../../base/errors.js'
import type { Host } from '../../base/host.js'
import { type RunGit, runGit } from '../../base/run-git.js'
import { shellQuote } from '../../base/shell.js'
import { visible } from '../../base/visible.js'
import type { ProjectFile } from '../render.js'
import type { Fetched } from './read.js'
import { cloneFirst, pinned, type Source } from './source.js'

/** A remote template, read. */
export interface Foreign {
  /** How the same one is named again. */
  readonly id: string
  readonly files: readonly ProjectFile[]
  readonly warnings: readonly string[]
  /** Where it can be looked at: a bare repository and a directory in its commit, or with no commit a directory. */
  readonly repository: string
  readonly commit: string
  readonly directory: string
}

/** How a template is fetched. */
export interface Fetching {
  readonly host: Host
  readonly offline: boolean
  readonly signal?: AbortSignal | undefined
  /** Whether it is for a project that was made from it, and not for a new one. */
  readonly isAgain?: boolean | undefined
}

/**
 * Reads a remote template into memory; nothing of it is anywhere else but in the cache.
 *
 * @throws {Failure} where it cannot be fetched or is refused, and when the signal comes
 */
export async function fetchForeign(source: Source, { host, offline, signal, isAgain }: Fetching): Promise<Foreign> {
  const { fetchRemote, readLocal } = await import('./read.js')
  const git: RunGit = (cwd, args, running) => runGit(path.resolve(host.cwd, cwd), args, { ...running, host, signal })
  if (source.kind === 'directory') {
    refuseNoDirectory(source.path)
    const read = await readLocal(source.path, git)
    throwIfStopped(signal)
    if (!read.ok) throw explain(source.path, read, { offline, isAgain })
    return { ...read, id: source.path, warnings: [] }
  }
  const { env, platform, uid } = host
  const fetched = await fetchRemote({ address: source.address, offline, git, env, platform, uid })
  throwIfStopped(signal)
  if (!fetched.ok) throw explain(source.address, fetched, { offline, isAgain })
  const { commit, isOld } = fetched
  const warnings = isOld ? [`${source.address} could not be reached; using the copy from the cache.`] : []
  return { ...fetched, id: pinned(source.address, commit), warnings }
}

/** @throws {Failure} for a path that has no files of a template to be read */
function refuseNoDirectory(at: string): void {
  const found = statSync(at, { throwIfNoEntry: false })
  if (!found?.isDirectory()) {
    const what = found ? `${at} is not a directory` : `There is no directory ${at}`
    throw new Failure('usage', `${what} with a template in it.`, { next: [`Next: ls ${shellQuote(path.dirname(at))}`] })
  }
  const isBare = ['HEAD', 'objects', 'refs'].every((name) => existsSync(path.join(at, name)))
  if (isBare) throw new Failure('usage', `${at} is a git repository without files.`, { next: [cloneFirst(at)] })
}

type Failed = Extract<Fetched, { readonly ok: false }>

function explain(
  address: string,
  { code, message }: Failed,
  { offline, isAgain }: Pick<Fetching, 'offline' | 'isAgain'>,
): Failure {
  const reason = visible(message.split('\n')[0] ?? '')
  switch (code) {
    case 'REFUSED':
      return new Failure('failed', `The template ${address} is refused: ${reason}.`, {
        next: [
          isAgain
            ? 'Nothing of the project was changed. Next: correct the template, or tell whoever keeps it.'
            : 'Next: npx create-nix-jupyter list    (for another one; nothing of this one was kept)',
        ],
      })
    case 'DAMAGED':
      return new Failure('failed', `What arrived of ${address} does not match its commit: ${reason}.`, {
        next: [
          'Next: run the command again, and check the free space and the limits of your disk. Nothing of it was kept.',
        ],
      })
    case 'DISK':
      return new Failure('failed', `The template could not be written to the disk: ${reason}.`, {
        next: [
          'Next: check the free space, permissions and limits (ulimit -a) of ~/.cache, or choose another cache with XDG_CACHE_HOME.',
        ],
      })
    case 'NO_GIT':
      return new Failure('failed', `A remote template needs git, which cannot be run: ${reason}.`, {
        next: ['Next: install git.'],
      })
    case 'BAD_SRC':
    case 'UNSUPPORTED_HOST':
      return new Failure('usage', `--template ${address}: ${reason}.`, { next: [cloneFirst(address)] })
    case 'NO_DIRECTORY':
      return new Failure('usage', `The repository of ${address} has no such directory.`)
    case 'NOT_CACHED':
      return new Failure('network', `${address} is not in the cache.`, {
        next: ['Next: run it once without --offline.'],
      })
    case 'NOT_FOUND': {
      const what = `${address} was not found: no such repository, branch, tag or commit, or no permission to read it`
      return new Failure('network', `${what}${reason && ` (${reason})`}.`, {
        next: ['A private repository needs git credentials: git ls-remote must work without asking for a password.'],
      })
    }
    default:
      return new Failure('network', `${address} could not be fetched: ${reason}.`, {
        next: [offline ? 'Next: run it once without --offline.' : 'Next: try again, or use --offline.'],
      })
  }
}

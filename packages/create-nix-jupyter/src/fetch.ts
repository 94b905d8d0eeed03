import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Ask } from './answers.js'
import { Failure, throwIfStopped } from './errors.js'
import { readForeign, refused, risksOf } from './foreign.js'
import { runGit } from './git.js'
import type { Host } from './host.js'
import { options } from './options.js'
import type { ProjectFile } from './render.js'
import { pinned, type Source } from './source.js'

/** A repository may be large; a server that is silent is given up much sooner. */
const NETWORK_MS = 5 * 60_000

/** A template from elsewhere, read. */
export interface Foreign {
  /** How the same one is named again. */
  readonly id: string
  readonly files: readonly ProjectFile[]
  readonly warnings: readonly string[]
}

/** How a template is fetched. */
export interface Fetching {
  readonly host: Host
  readonly offline: boolean
  readonly signal?: AbortSignal | undefined
}

/** Reads a template from elsewhere into memory, and leaves nothing else behind. */
export async function fetchForeign(source: Source, fetching: Fetching): Promise<Foreign> {
  if (source.kind === 'folder') {
    if (!existsSync(source.path)) throw new Failure('usage', `There is no folder ${source.path} with a template in it.`)
    return { id: source.path, files: readForeign(source.path, source.path), warnings: [] }
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'create-nix-jupyter-'))
  try {
    return await fetchInto(path.join(folder, 'template'), source.address, fetching)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function fetchInto(destination: string, address: string, { host, offline, signal }: Fetching): Promise<Foreign> {
  const { fetchTemplate } = await import('./degit.js')
  const git = (cwd: string, args: readonly string[]) =>
    runGit(path.resolve(host.cwd, cwd), args, { host, signal, limitMs: NETWORK_MS })
  const fetched = await fetchTemplate({ source: address, destination, offline, git, signal })
  throwIfStopped(signal)
  if (!fetched.ok) throw explain(address, fetched, offline)
  const warnings =
    fetched.fromCache && !offline ? [`${address} could not be reached; the copy from the last time is used.`] : []
  return { id: pinned(address, fetched.commit), files: readForeign(destination, address), warnings }
}

function explain(address: string, { code, message }: { code: string; message: string }, offline: boolean): Failure {
  const [reason] = message.split('\n')
  switch (code) {
    case 'REFUSED':
      return refused(address, reason ?? '')
    case 'DISK':
      return new Failure('failed', `The disk did not take the template: ${reason}.`, {
        next: [
          `Look at the room, the rights and the limits (ulimit -a) of ${tmpdir()} and of the cache in your home directory.`,
        ],
      })
    case 'NO_GIT':
      return new Failure('failed', 'A template from elsewhere needs git, and there is none here.', {
        next: ['Install git.'],
      })
    case 'BAD_SRC':
    case 'UNSUPPORTED_HOST':
      return new Failure('usage', `--template ${address}: ${reason}.`)
    case 'MISSING_SUBDIR':
      return new Failure('usage', `The repository of ${address} has no such folder.`)
    case 'MISSING_REF':
      return offline
        ? new Failure('network', `${address} is not in the cache.`, { next: ['Run it once without --offline.'] })
        : new Failure(
            'network',
            `${address} was not found: no such repository, branch, tag or commit, or no way to it.`,
            {
              next: ['A private repository needs git credentials: git ls-remote must work.'],
            },
          )
    default:
      return new Failure('network', `${address} could not be fetched: ${reason}`, {
        next: offline ? ['Run it once without --offline.'] : ['Try again, or --offline.'],
      })
  }
}

/** Shows what in a template runs by itself, and asks; without a terminal only `--trust` will do. */
export async function askForTrust(
  { id, files }: Foreign,
  trust: boolean,
  ask?: Ask,
  show?: (text: string) => void,
): Promise<void> {
  const risks = risksOf(files)
  if (risks.length === 0 || trust) return
  const names = risks.map((risk) => risk.path).join(', ')
  if (!ask) {
    throw new Failure('usage', `The template ${id} brings ${names}, which can run code by itself.`, {
      missing: ['--trust'],
      next: ['Look at it first; then add --trust.'],
    })
  }
  const visible = (text: string) => text.replace(/[^\P{Cc}\n\t]/gu, '�')
  for (const risk of risks) show?.(`${risk.path}:\n${visible(risk.text)}`)
  const option = options.find(({ name }) => name === 'trust') ?? options[0]
  const message = `This template can run code by itself (${names}). Use it?`
  if ((await ask({ option, message, choices: [], initial: false, check: () => undefined })) !== true) {
    throw new Failure('failed', 'The template was not trusted. Nothing was created.')
  }
}

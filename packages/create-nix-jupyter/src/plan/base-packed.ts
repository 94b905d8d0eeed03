import { execFile } from 'node:child_process'
import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { hashOf } from '../base/hash.js'
import type { Host } from '../base/host.js'
import { temporaryDirectory } from '../base/temporary.js'
import type { Past } from './past.js'

const TIMEOUT_MS = 60_000
const MAX_BYTES = 16 * 1024 * 1024
const OTHERS_MAY_WRITE = 0o022

/**
 * Lets the version of this program that made a project make it once more, in a temporary directory, and reads what it wrote. It
 * is fetched by npm, which checks its integrity, and kept in the cache.
 *
 * @param wanted the hash of each path
 * @param offline whether npm may fetch nothing
 * @returns the files with the recorded hashes; nothing where that version, or npm, is not to be had
 * @throws {Failure} where nothing can be written for a moment
 */
export async function basesFromPacked(
  past: Past,
  wanted: ReadonlyMap<string, string>,
  { host, offline }: { readonly host: Host; readonly offline: boolean },
): Promise<Map<string, Buffer>> {
  // On Windows npm is a script for its shell, which would read the answers.
  if (host.platform === 'win32') return new Map()
  const directory = temporaryDirectory('base')
  try {
    const tarball = await packed(past.version, directory, host, offline)
    const project = tarball && (await makeAgain(past, tarball, directory, host))
    return project ? readBack(project, wanted) : new Map()
  } catch {
    return new Map()
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The packed program of a version: out of the cache, or fetched. */
async function packed(version: string, directory: string, host: Host, offline: boolean): Promise<string | undefined> {
  const cache = path.join(cacheHome(host), 'create-nix-jupyter', 'releases')
  mkdirSync(cache, { recursive: true, mode: 0o700 })
  const kept = path.join(cache, `create-nix-jupyter-${version}.tgz`)
  if (![path.dirname(cache), cache].every((checked) => isOwn(checked, host))) return undefined
  if (lstatSync(kept, { throwIfNoEntry: false })) return isOwn(kept, host) ? kept : undefined
  if (offline) return undefined
  const fetched = path.join(cache, `part-${host.pid}`)
  mkdirSync(fetched, { mode: 0o700 })
  try {
    const args = ['pack', `create-nix-jupyter@${version}`, '--pack-destination', fetched, '--ignore-scripts']
    if (!(await run('npm', args, directory, host))) return undefined
    const [name = ''] = readdirSync(fetched)
    renameSync(path.join(fetched, name), kept)
    return kept
  } finally {
    rmSync(fetched, { recursive: true, force: true })
  }
}

async function makeAgain(past: Past, tarball: string, directory: string, host: Host): Promise<string | undefined> {
  // It has no dependencies, so there is nothing else for npm to install, which would take a hundred times as long.
  const program = path.join(directory, 'program')
  mkdirSync(program)
  if (!(await run('tar', ['-xzf', tarball, '-C', program, '--strip-components=1'], directory, host))) return undefined
  const project = path.join(directory, 'again', past.name)
  mkdirSync(project, { recursive: true })
  const args = [
    '.',
    `--template=${past.template}`,
    `--python=${past.python}`,
    ...(past.packages.length > 0 ? [`--packages=${past.packages.join(',')}`] : []),
    ...(past.features ? [`--with=${['none', ...past.features].join(',')}`] : []),
    ...(past.git ? [] : ['--no-git']),
    '--yes',
  ]
  // Without git on PATH no repository is made, whatever was answered.
  const alone = { ...host, env: { HOME: host.env.HOME, PATH: directory } }
  return (await run(host.node, [path.join(program, 'bin/create-nix-jupyter.cjs'), ...args], project, alone))
    ? project
    : undefined
}

function readBack(project: string, wanted: ReadonlyMap<string, string>): Map<string, Buffer> {
  const found = new Map<string, Buffer>()
  for (const [file, hash] of wanted) {
    const place = path.join(project, file)
    if (!lstatSync(place, { throwIfNoEntry: false })?.isFile()) continue
    const content = readFileSync(place)
    if (hashOf(content) === hash) found.set(file, content)
  }
  return found
}

function cacheHome({ env }: Host): string {
  const named = env.XDG_CACHE_HOME
  return named && path.isAbsolute(named) ? named : path.join(env.HOME || homedir(), '.cache')
}

/** What others may write to could hold another program than ours. */
function isOwn(place: string, { uid }: Host): boolean {
  const found = lstatSync(place)
  if (found.isFile() && found.size > MAX_BYTES) return false
  if (!found.isFile() && !found.isDirectory()) return false
  return uid === undefined || (found.uid === uid && (found.mode & OTHERS_MAY_WRITE) === 0)
}

function run(program: string, args: readonly string[], cwd: string, { env }: Pick<Host, 'env'>): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...env }, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' } as const
    const child = execFile(program, [...args], options, (error) => resolve(error === null))
    child.stdin?.end()
  })
}

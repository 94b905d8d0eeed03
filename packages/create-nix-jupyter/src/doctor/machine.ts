import { accessSync, constants, readFileSync, statfsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { shellQuote } from '../base/shell.js'
import type { Finding } from './finding.js'
import type { Examined } from './run.js'

const GIBIBYTE = 1 << 30
/** What JupyterLab and the packages of the tier datasci take, downloaded and unpacked. */
const STORE_NEEDS = 5 * GIBIBYTE
const PROJECT_NEEDS = GIBIBYTE / 4

/** The system, the directories that everything needs, and the room in them. */
export function examineMachine(machine: Examined): Finding[] {
  return [...examineSystem(machine), ...examineDirectories(machine), ...examineDisks(machine)]
}

function examineSystem({ platform, arch, env, cwd, line }: Examined): Finding[] {
  const system = `${platform === 'darwin' ? 'macOS' : platform === 'win32' ? 'Windows' : platform} on ${arch}`
  const known = ['linux x64', 'linux arm64', 'darwin arm64'].includes(`${platform} ${arch}`)
  const wsl = wslVersion()
  if (wsl === 1) return [line('wsl-1', { distribution: env.WSL_DISTRO_NAME ?? 'Ubuntu' })]
  if (wsl === 2 && /^\/mnt\/[a-z](\/|$)/.test(cwd)) return [line('wsl-drive', { directory: cwd })]
  return [
    known
      ? line('system', { system: `${system}${wsl ? `, WSL ${wsl}` : ''}` })
      : { ...line('system-unsupported', { system }), ...(platform === 'win32' ? {} : { fix: null }) },
  ]
}

/** Which WSL this is, by what its kernel says of itself; undefined for any other system. */
export function wslVersion(): 1 | 2 | undefined {
  const version = readIfThere('/proc/version')
  if (!/microsoft/i.test(version)) return undefined
  return /WSL2|microsoft-standard/.test(version) ? 2 : 1
}

function examineDirectories({ env, line }: Examined): Finding[] {
  const home = env.HOME ?? ''
  const shell = env.SHELL || 'sh'
  return [
    isWritable(home) ? line('home', { home }) : line('home-missing', { home: home || 'unset', shell }),
    ...(env.TMPDIR && !isWritable(env.TMPDIR) ? [line('tmp-missing', { directory: env.TMPDIR, shell })] : []),
  ]
}

function examineDisks({ cwd, line }: Examined): Finding[] {
  const store = isThere('/nix/store') ? '/nix/store' : '/'
  const inStore = freeBytes(store)
  const inDirectory = freeBytes(cwd)
  return [
    inStore < STORE_NEEDS
      ? line('disk-store', { free: shown(inStore), directory: store, needed: shown(STORE_NEEDS) })
      : line('disk', { free: shown(inStore), directory: store }),
    ...(inDirectory < PROJECT_NEEDS
      ? [line('disk-project', { free: shown(inDirectory), directory: cwd, quoted: shellQuote(cwd) })]
      : []),
  ]
}

/** Free for this user, in bytes; endless where it cannot be told. */
function freeBytes(directory: string): number {
  try {
    const { bavail, bsize } = statfsSync(directory)
    return bavail * bsize
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

function shown(bytes: number): string {
  return bytes < GIBIBYTE ? `${Math.floor(bytes / (1 << 20))} MiB` : `${Math.floor(bytes / GIBIBYTE)} GiB`
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory || tmpdir(), constants.W_OK | constants.X_OK)
    return path.isAbsolute(directory) && statSync(directory).isDirectory()
  } catch {
    return false
  }
}

/** Whether something is at a path. */
export function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined
}

/** The text of a file, empty where it cannot be read. */
export function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

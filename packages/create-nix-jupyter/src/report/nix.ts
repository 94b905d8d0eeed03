import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import type { Host } from '../base/host.js'

/** Where the installer puts Nix, for shells that have not been opened again since. */
const DEFAULT_PROFILE = '/nix/var/nix/profiles/default/bin'

/** Whether Nix is on this machine. */
export function hasNix({ env, platform }: Host): boolean {
  if (platform === 'win32') return false
  return [...(env.PATH ?? '').split(path.delimiter), DEFAULT_PROFILE].some((folder) =>
    isExecutable(path.join(folder, 'nix')),
  )
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

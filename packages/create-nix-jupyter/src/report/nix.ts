import { findProgram } from '../base/find-program.js'
import type { Host } from '../base/host.js'

/** Where the installer puts Nix, for shells that have not been opened again since. */
const DEFAULT_PROFILE = '/nix/var/nix/profiles/default/bin'

/** Whether Nix is on this machine. */
export function hasNix(host: Host): boolean {
  return host.platform !== 'win32' && findProgram('nix', host, [DEFAULT_PROFILE]) !== undefined
}

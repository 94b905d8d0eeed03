import { homedir } from 'node:os'
import { join } from 'node:path'

// JavaScript, because scripts read it that Node runs as they are.

/** The directory of everything that the tests fetch once. */
export const cache =
  process.env.CREATE_NIX_JUPYTER_CACHE ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'create-nix-jupyter')

/** What the commands of Nix that are used here want to be told, until they are no experiment any more. */
export const FLAKES = ['--extra-experimental-features', 'nix-command flakes']

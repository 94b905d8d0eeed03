import { existsSync } from 'node:fs'
import path from 'node:path'

/** The file in a project that says how it was made. */
export const RECORD = '.nix-jupyter.json'

/** The directory in which a project is put together: its name says which process made it, from the first moment on. */
export const STAGING = /^\.create-nix-jupyter-([0-9a-f]{12})-(\d{1,10})-[0-9a-f]{8}$/

/** Whether a name in a directory is that of a staging directory. */
export function isStagingName(name: string): boolean {
  return STAGING.test(name)
}

/** The project that a directory is in, or is itself; undefined where it is in none. */
export function projectAround(directory: string): string | undefined {
  if (existsSync(path.join(directory, RECORD))) return directory
  return directory === path.dirname(directory) ? undefined : projectAround(path.dirname(directory))
}

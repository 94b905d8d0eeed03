import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Failure, systemError } from './errors.js'

/**
 * Makes a directory for what is needed for a moment.
 *
 * @throws {Failure} where nothing can be written for a moment on this computer
 */
export function temporaryDirectory(what: string): string {
  try {
    return mkdtempSync(path.join(tmpdir(), `create-nix-jupyter-${what}-`))
  } catch (error) {
    throw new Failure('failed', `Nothing can be written to ${tmpdir()} (TMPDIR): ${systemError(error).code}`, {
      next: ['Next: env TMPDIR=/tmp    in front of the same command', 'Nothing was changed.'],
    })
  }
}

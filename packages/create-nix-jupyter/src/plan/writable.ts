import { accessSync, constants, existsSync } from 'node:fs'
import path from 'node:path'
import { Failure, systemError } from '../base/errors.js'
import { shellQuote } from '../base/shell.js'

/**
 * Looks whether files can be written, before the work begins.
 *
 * @param files relative to the project
 * @param typed the project's directory as the user wrote it
 * @throws {Failure} which names the directory that cannot be written to
 */
export function refuseUnwritable(root: string, files: readonly string[], typed: string): void {
  if (files.length === 0) return
  for (const folder of new Set(['', ...files.map((file) => existingFolder(root, file))])) {
    try {
      accessSync(path.join(root, folder), constants.W_OK | constants.X_OK)
    } catch (error) {
      throw unwritable(path.join(typed, folder), systemError(error).code === 'EROFS')
    }
  }
}

/** The folder in which the first thing of a file's path would be made. */
function existingFolder(root: string, file: string): string {
  const folder = path.dirname(file)
  if (folder === '.') return ''
  return existsSync(path.join(root, folder)) ? folder : existingFolder(root, folder)
}

function unwritable(folder: string, isReadOnly: boolean): Failure {
  return isReadOnly
    ? new Failure('failed', `${folder} is on a read-only disk. Nothing was changed.`, {
        next: ['Next: make that disk writable, then run the command again.'],
      })
    : new Failure('failed', `No permission to write to ${folder}. Nothing was changed.`, {
        next: [`Next: chmod u+wx ${shellQuote(folder)}`],
      })
}

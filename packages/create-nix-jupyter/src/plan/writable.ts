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
  for (const directory of new Set(['', ...files.map((file) => existingDirectory(root, file))])) {
    try {
      accessSync(path.join(root, directory), constants.W_OK | constants.X_OK)
    } catch (error) {
      throw unwritable(path.join(typed, directory), systemError(error).code === 'EROFS')
    }
  }
}

/** The directory in which the first thing of a file's path would be made. */
function existingDirectory(root: string, file: string): string {
  const directory = path.dirname(file)
  if (directory === '.') return ''
  return existsSync(path.join(root, directory)) ? directory : existingDirectory(root, directory)
}

function unwritable(directory: string, isReadOnly: boolean): Failure {
  const named = directory === '.' ? 'the current directory' : directory
  return isReadOnly
    ? new Failure('failed', `A read-only disk holds ${named}. Nothing was changed.`, {
        next: ['Next: make that disk writable, then run the command again.'],
      })
    : new Failure('failed', `No permission to write to ${named}. Nothing was changed.`, {
        next: [`Next: chmod u+wx ${shellQuote(directory)}`],
      })
}

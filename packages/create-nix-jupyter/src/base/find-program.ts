import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import type { Host } from './host.js'

/** Where a program is: the first of that name on PATH, or in one of the other directories; undefined if in none. */
export function findProgram(
  name: string,
  { env }: Pick<Host, 'env'>,
  others: readonly string[] = [],
): string | undefined {
  const directories = [...(env.PATH ?? '').split(path.delimiter).filter(Boolean), ...others]
  return directories.map((directory) => path.join(directory, name)).find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

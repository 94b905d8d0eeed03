import { lstatSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { explainSystemError } from '../base/errors.js'
import type { Host } from '../base/host.js'

/** Bytes and permissions of a file. */
export interface FileState {
  readonly content: Buffer
  /** The permission bits. */
  readonly mode: number
}

/** What is at the place of a file: a plain file, nothing, or something that this program does not touch. */
export type Present = { readonly file: FileState } | { readonly obstacle: string } | undefined

/**
 * Looks at the place of a file.
 *
 * @throws {Failure} where it cannot be read
 */
export function lookAt(root: string, file: string, host: Host): Present {
  const parts = file.split('/')
  try {
    for (const index of parts.keys()) {
      const part = parts.slice(0, index + 1).join('/')
      const found = lstatSync(path.join(root, part), { throwIfNoEntry: false })
      if (!found) return undefined
      const isLast = index === parts.length - 1
      if (found.isSymbolicLink()) return { obstacle: `${part} is a symbolic link` }
      if (!isLast && !found.isDirectory()) return { obstacle: `${part} is not a directory` }
      if (isLast && !found.isFile()) return { obstacle: `${part} is not a regular file` }
      if (host.uid !== undefined && found.uid !== host.uid) return { obstacle: `${part} belongs to another user` }
      if (isLast) return { file: { content: readFileSync(path.join(root, file)), mode: found.mode & 0o7777 } }
    }
    return undefined
  } catch (error) {
    throw explainSystemError(error, file)
  }
}

import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'

// By itself, because most runs need no zlib, and loading it takes a millisecond and a megabyte.

/**
 * Reads a file that the build has compressed with brotli.
 * @throws {Error} where it is damaged or not there
 */
export function readCompressed(file: string): Buffer {
  return brotliDecompressSync(readFileSync(file))
}

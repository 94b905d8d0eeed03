import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'

// By itself, because most runs need no zlib, and loading it takes a millisecond and a megabyte.

/** Reads a file that the build has compressed with brotli; undefined where it is damaged. */
export function readCompressed(file: string): Buffer | undefined {
  const content = readFileSync(file)
  try {
    return brotliDecompressSync(content)
  } catch {
    return undefined
  }
}

import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'

// By itself, because most runs need no zlib, and loading it takes a millisecond and a megabyte.

/**
 * Reads a file that the build has compressed with brotli. With room for all of it and a byte more it comes in one piece; else in
 * pieces of 16 kB, which are then put together: that takes as long as decompressing, and twice the memory.
 *
 * @param length how long it is when it is decompressed
 * @throws {Error} where it is damaged or not there
 */
export function readCompressed(file: string, length: number): Buffer {
  return brotliDecompressSync(readFileSync(file), { chunkSize: length + 1 })
}

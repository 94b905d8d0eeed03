import { readFileSync, statSync } from 'node:fs'

const MAX_BYTES = 2_000_000

/**
 * Reads a text file, in UTF-8 or, as some programs of Windows write it, in UTF-16 with its mark.
 *
 * @throws a system error where it cannot be read, or an error for one that is no regular file or has more than 2 MB
 */
export function readText(file: string): string {
  const found = statSync(file)
  // A pipe or a device would keep us waiting for ever.
  if (!found.isFile()) throw new Error('it is not a regular file')
  if (found.size > MAX_BYTES) throw new Error('it has more than 2 MB')
  const content = readFileSync(file)
  if (content[0] === 0xff && content[1] === 0xfe) return content.subarray(2).toString('utf16le')
  if (content[0] === 0xfe && content[1] === 0xff) return Buffer.from(content.subarray(2)).swap16().toString('utf16le')
  return content.toString('utf8').replace(/^\uFEFF/, '')
}

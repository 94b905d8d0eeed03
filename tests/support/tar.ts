import { gzipSync } from 'node:zlib'

/** An entry as an archive holds it, whatever a kind program would write. */
export type ArchiveEntry = { path: string; content?: string; type?: string; mode?: number; link?: string }

/** Pack entries into a .tar.gz, without asking whether that is a good idea. */
export function pack(entries: ArchiveEntry[]) {
  const blocks = entries.flatMap((entry) => [header(entry), padded(Buffer.from(entry.content ?? ''))])
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}

function header({ path, content = '', type = '0', mode = 0o644, link = '' }: ArchiveEntry) {
  const block = Buffer.alloc(512)
  block.write(path, 0, 100)
  block.write(octal(mode, 7), 100)
  block.write(octal(0, 7), 108)
  block.write(octal(0, 7), 116)
  block.write(octal(Buffer.byteLength(content), 11), 124)
  block.write(octal(0, 11), 136)
  block.fill(' ', 148, 156)
  block.write(type, 156)
  block.write(link, 157, 100)
  block.write('ustar\u000000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${octal(sum, 6)}\u0000 `, 148)
  return block
}

function octal(value: number, width: number) {
  return value.toString(8).padStart(width, '0')
}

function padded(content: Buffer) {
  return Buffer.concat([content, Buffer.alloc((512 - (content.length % 512)) % 512)])
}

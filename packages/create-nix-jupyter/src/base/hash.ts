import { hash } from 'node:crypto'

/** What has been hashed in this run: nobody writes into the content of a file. */
const known = new WeakMap<Buffer, string>()

/** The hash of a file's content, as `.nix-jupyter.json` writes it. */
export function hashOf(content: Buffer): string {
  const found = known.get(content) ?? `sha256-${hash('sha256', content, 'base64')}`
  known.set(content, found)
  return found
}

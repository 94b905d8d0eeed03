import { hash } from 'node:crypto'

/** The hash of a file's content, as `.nix-jupyter.json` writes it. */
export function hashOf(content: Buffer): string {
  return `sha256-${hash('sha256', content, 'base64')}`
}

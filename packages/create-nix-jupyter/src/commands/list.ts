import { manifests } from '../templates/manifests.js'

/** The templates, for people. */
export function listText(): string {
  const width = Math.max(...manifests.map(({ id }) => id.length)) + 2
  return manifests.map(({ id, hint }) => `${id.padEnd(width)}${hint}`).join('\n')
}

/** The templates, for programs. */
export function listJson(): string {
  const templates = manifests.map(({ id, title, hint, python }) => ({ id, title, hint, python }))
  return JSON.stringify({ templates }, null, 2)
}

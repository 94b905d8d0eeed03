import { readFileSync } from 'node:fs'

/**
 * The Python packages that nixpkgs is known to have under the very name that PyPI uses.
 *
 * @param {string} file the attributes that the stand-in for nixpkgs offers, with their evidence
 * @returns {string[]}
 */
export function knownPackages(file) {
  /** @type {{ python: Record<string, { status: string, write: string }> }} */
  const { python } = JSON.parse(readFileSync(file, 'utf8'))
  return Object.entries(python)
    .filter(([name, { status, write }]) => status === 'yes' && write === `ps.${name}`)
    .map(([name]) => name)
    .sort()
}

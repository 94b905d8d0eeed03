import { readFileSync } from 'node:fs'

/** @typedef {{ status: string, write: string, unfree?: boolean, notFor?: string[] }} Attribute */

/**
 * The Python packages that nixpkgs is known to have under the very name that PyPI uses.
 *
 * @param {string} file the attributes that the stand-in for nixpkgs offers, with their evidence
 * @returns {string[]}
 */
export function knownPackages(file) {
  return attributesIn(file)
    .filter(([name, { status, write }]) => status === 'yes' && write === `ps.${name}`)
    .map(([name]) => name)
    .sort()
}

/**
 * What nixpkgs refuses: for each package the versions of Python, or `true` where its licence has to be allowed first.
 *
 * @param {string} file as above
 * @returns {Record<string, string[] | true>}
 */
export function refusedPackages(file) {
  const refused = attributesIn(file).flatMap(([name, { unfree, notFor }]) => {
    const why = unfree || notFor
    return why ? [[name, why]] : []
  })
  return Object.fromEntries(refused)
}

/** @param {string} file @returns {[string, Attribute][]} */
function attributesIn(file) {
  return Object.entries(JSON.parse(readFileSync(file, 'utf8')).python)
}

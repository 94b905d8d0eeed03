import { readFileSync } from 'node:fs'

// What reading the manifests of templates and of features has in common.

/**
 * Reads a manifest.
 *
 * @param {string} file @throws {Error} with the name of the file, where it is no JSON
 */
export function parse(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`${file}: ${/** @type {Error} */ (error).message}`)
  }
}

/**
 * All that is wrong with a manifest, as one error.
 *
 * @param {string} file @param {readonly string[]} problems
 */
export function refusal(file, problems) {
  return new Error(`${file}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
}

/**
 * Whether it is a line of text.
 *
 * @param {unknown} value
 */
export function isText(value) {
  return typeof value === 'string' && value.trim() !== '' && !/[\r\n]/.test(value)
}

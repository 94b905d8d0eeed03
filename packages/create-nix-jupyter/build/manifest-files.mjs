import { readFileSync } from 'node:fs'

// What reading the manifests of templates and of features has in common.

/**
 * Reads a manifest.
 *
 * @param {string} file @returns {ReturnType<typeof JSON.parse>}
 * @throws {Error} with the name of the file, where it is no JSON or no object
 */
export function parse(file) {
  const manifest = parseText(file, readFileSync(file, 'utf8'))
  if (!isObject(manifest)) throw new Error(`${file}: it must be an object, in { and }.`)
  return manifest
}

/**
 * What a text holds.
 *
 * @param {string} file where it stands @param {string} text @throws {Error} with the name of the file, where it is no JSON
 */
export function parseText(file, text) {
  try {
    return JSON.parse(text)
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

/** @param {unknown} value @returns {value is Record<string, unknown>} */
export function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

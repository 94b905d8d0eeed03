import { readdirSync } from 'node:fs'
import path from 'node:path'

/** What lies in a template's directory and is not part of the project. */
const NOT_SHIPPED = new Set(['package.json', 'template.json', 'node_modules', '.turbo', '.reports'])

/** What tools leave behind, at any depth. */
const LITTER = new Set([
  '__pycache__',
  '.ruff_cache',
  '.ipynb_checkpoints',
  '.virtual_documents',
  '.venv',
  '.DS_Store',
  '.pytest_cache',
  '.mypy_cache',
  'node_modules',
])

/** Behind the name of a file: what is written behind its text, and is not committed. */
export const ADDRESSES = '.addresses'

/**
 * The files of a template's directory, relative to it, without what is not shipped.
 *
 * @param {string} directory @returns {string[]}
 * @throws {Error} where there is something that is neither a file nor a directory
 */
export function filesOf(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => {
      const file = path.relative(directory, path.join(entry.parentPath, entry.name))
      return { file: file.split(path.sep).join('/'), entry }
    })
    .filter(({ file }) => !NOT_SHIPPED.has(file.split('/')[0] ?? '') && !file.endsWith(ADDRESSES))
    .filter(({ file }) => !file.split('/').some((part) => LITTER.has(part)))
    .map(({ file, entry }) => {
      if (!entry.isFile()) throw new Error(`${path.join(directory, file)} is not a plain file.`)
      return file
    })
    .sort()
}

/**
 * The path in a project of a file in a template's directory.
 *
 * @param {string} file
 */
export function projectPath(file) {
  return file.replace(/\.ejs$/, '')
}

/**
 * The paths that a template's directory gives a project.
 *
 * @param {string} directory
 */
export function projectPaths(directory) {
  return filesOf(directory).map(projectPath)
}

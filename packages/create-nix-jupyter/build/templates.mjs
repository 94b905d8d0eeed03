import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import ejs from 'ejs'

/** How `<%= %>` escapes, by the extension of the file that comes out. */
const TARGETS = {
  '.nix': 'nix',
  '.json': 'json',
  '.ipynb': 'json',
  '.toml': 'toml',
  '.py': 'python',
  '.md': 'markdown',
}

/** What lies in a template's folder and is not part of the project. */
const NOT_SHIPPED = new Set(['package.json', 'template.json', 'node_modules', '.turbo'])

/** What tools leave behind, at any depth. */
const LITTER = new Set(['__pycache__', '.ruff_cache', '.ipynb_checkpoints', '.virtual_documents', '.venv', '.DS_Store'])

/** Text above this size is stored compressed; below, reading it back costs more than it saves. */
const COMPRESS_FROM = 24 * 1024

/**
 * Reads a template's folder into the source of a module that exports `files`, as src/templates.ts describes them.
 *
 * @param {string} folder
 */
export function moduleOf(folder) {
  const entries = filesOf(folder).map((file) => entryOf(folder, file))
  return `export const files = [\n${entries.join(',\n')}\n]\n`
}

/**
 * The paths that a template's folder gives a project.
 *
 * @param {string} folder
 */
export function projectPaths(folder) {
  return filesOf(folder).map((file) => file.replace(/\.ejs$/, ''))
}

/** @param {string} folder @param {string} file */
function entryOf(folder, file) {
  const source = path.join(folder, file)
  const content = readFileSync(source)
  const executable = statSync(source).mode & 0o100 ? 1 : 0
  const text = content.toString('utf8')
  if (!Buffer.from(text).equals(content)) throw new Error(`${source} is not UTF-8 text.`)
  if (!file.endsWith('.ejs')) return `[${JSON.stringify(file)}, ${executable}, ${bodyOf(text)}]`
  const name = file.slice(0, -'.ejs'.length)
  const target = /** @type {Record<string, string>} */ (TARGETS)[path.extname(name)]
  if (!target && text.includes('<%=')) {
    throw new Error(
      `${source} uses <%= %>, but nothing is known about escaping in a ${path.extname(name) || name} file.`,
    )
  }
  return `[${JSON.stringify(name)}, ${executable}, ${compile(text, source)}, ${JSON.stringify(target)}]`
}

/** @param {string} text */
function bodyOf(text) {
  if (text.length < COMPRESS_FROM) return JSON.stringify(text)
  const params = { [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT }
  return JSON.stringify({ brotli: brotliCompressSync(text, { params }).toString('base64') })
}

/**
 * Compiles EJS to a plain function; the published program holds no interpreter, and no way to include other files.
 *
 * @param {string} text @param {string} source
 */
function compile(text, source) {
  const template = new ejs.Template(text, { strict: true, localsName: 'it', _with: false, compileDebug: false })
  try {
    template.compile()
  } catch (error) {
    throw new Error(`${source}: ${/** @type {Error} */ (error).message.split('\n')[0]}`)
  }
  return `(it, escapeFn) => {\n${template.source}}`
}

/** @param {string} folder @returns {string[]} */
function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => {
      const file = path.relative(folder, path.join(entry.parentPath, entry.name))
      return { file: file.split(path.sep).join('/'), entry }
    })
    .filter(({ file }) => !NOT_SHIPPED.has(file.split('/')[0] ?? ''))
    .filter(({ file }) => !file.split('/').some((part) => LITTER.has(part)))
    .map(({ file, entry }) => {
      if (!entry.isFile()) throw new Error(`${path.join(folder, file)} is not a plain file.`)
      return file
    })
    .sort()
}

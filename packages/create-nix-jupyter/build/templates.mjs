import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import ejs from 'ejs'

/** How `<%= %>` escapes, by the extension of the file that comes out. */
const TARGETS = JSON.parse(readFileSync(new URL('../src/escape-targets.json', import.meta.url), 'utf8'))

/** What lies in a template's folder and is not part of the project. */
const NOT_SHIPPED = new Set(['package.json', 'template.json', 'node_modules', '.turbo'])

/** What tools leave behind, at any depth. */
const LITTER = new Set(['__pycache__', '.ruff_cache', '.ipynb_checkpoints', '.virtual_documents', '.venv', '.DS_Store'])

/** From this size on a text is kept by itself, once for all templates that have it. */
const LARGE = 16 * 1024

/**
 * Reads a template's folder into the source of a module, as src/templates.ts describes it. Large texts are put into `large`,
 * by the name of the module that will hold them.
 *
 * @param {string} folder @param {Map<string, string>} large
 */
export function moduleOf(folder, large) {
  /** @type {string[]} */
  const pool = []
  const entries = filesOf(folder).map((file) => entryOf(folder, file, pool, large))
  return `export const files = [\n${entries.join(',\n')}\n]\nexport const texts = ${compressed(JSON.stringify(pool))}\n`
}

/**
 * The source of a module that holds one large text.
 *
 * @param {string} text
 */
export function largeModuleOf(text) {
  return `export const brotli = ${compressed(text)}\n`
}

/**
 * The paths that a template's folder gives a project.
 *
 * @param {string} folder
 */
export function projectPaths(folder) {
  return filesOf(folder).map((file) => file.replace(/\.ejs$/, ''))
}

/** @param {string} folder @param {string} file @param {string[]} pool @param {Map<string, string>} large */
function entryOf(folder, file, pool, large) {
  const source = path.join(folder, file)
  const content = readFileSync(source)
  const executable = (statSync(source).mode & 0o100) !== 0
  const text = content.toString('utf8')
  if (!Buffer.from(text).equals(content)) throw new Error(`${source} is not UTF-8 text.`)
  const ejsFile = file.endsWith('.ejs')
  const name = ejsFile ? file.slice(0, -'.ejs'.length) : file
  if (text.length >= LARGE) return `{ ${head(name, executable)}, ${largeOf(source, text, large)}, slots: ${ejsFile} }`
  if (ejsFile) return `{ ${head(name, executable)}, ${renderOf(source, text)} }`
  return `{ ${head(file, executable)}, text: ${pool.push(text) - 1} }`
}

/** @param {string} source @param {string} text @param {Map<string, string>} large */
function largeOf(source, text, large) {
  const content = text.replace(/<%#.*?-%>\n/gs, '')
  if (content.replaceAll('<%- it.slug %>', '').includes('<%')) {
    throw new Error(`${source} is large, and so may hold <%- it.slug %> and no other EJS.`)
  }
  const name = `built:large/${createHash('sha256').update(content).digest('hex').slice(0, 8)}`
  large.set(name, content)
  return `large: () => import('${name}')`
}

/** @param {string} file @param {boolean} executable */
function head(file, executable) {
  return `path: ${JSON.stringify(file)}, executable: ${executable}`
}

/** @param {string} source @param {string} text */
function renderOf(source, text) {
  const extension = path.extname(source.slice(0, -'.ejs'.length))
  const target = TARGETS[extension]
  if (!target && text.includes('<%=')) {
    throw new Error(`${source} uses <%= %>, but nothing is known about escaping in a ${extension} file.`)
  }
  return `render: ${compile(text, source)}${target ? `, target: '${target}'` : ''}`
}

/** @param {string} text */
function compressed(text) {
  const params = { [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT }
  return JSON.stringify(brotliCompressSync(text, { params }).toString('base64'))
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

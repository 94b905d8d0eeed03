import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import ejs from 'ejs'

/** How `<%= %>` escapes, by the extension of the file that comes out. */
const TARGETS = JSON.parse(readFileSync(new URL('../src/escape-targets.json', import.meta.url), 'utf8'))

/** What lies in a template's folder and is not part of the project. */
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

/**
 * From this size on a text is kept by itself, compressed, and read only for a project that gets it. What every project gets is
 * read sooner as it is.
 */
const LARGE = 4 * 1024
const LARGE_IF_SHARED = 16 * 1024

/** The file of all other texts. It is not compressed: to load zlib would take as long as to write the project. */
const SMALL = 'small.txt'

/**
 * The texts of all templates: small ones one after the other, and each large one by itself, under the name of its file. A text
 * that several templates have is kept once.
 *
 * @typedef {{ small: Buffer[], length: number, places: Map<string, number>, large: Map<string, Buffer> }} Texts
 */

/**
 * Reads the folders of templates into the source of a module, as src/templates.ts describes it, and the files of texts that
 * belong to it, by name.
 *
 * @param {string} root @param {Map<string, string[]>} templates the folders of each, of which a later one goes before
 */
export function storeTemplates(root, templates) {
  /** @type {Texts} */
  const texts = { small: [], length: 0, places: new Map(), large: new Map() }
  /** @type {Map<string, number>} how much of the small texts a template needs */
  const ends = new Map()
  const lists = [...templates].map(([id, folders]) => {
    const entries = new Map()
    for (const folder of folders.map((name) => path.join(root, name))) {
      for (const file of filesOf(folder)) entries.set(projectPath(file), entryOf(folder, file, texts))
    }
    const places = [...entries.values()].map((entry) => /, at: (\d+), length: (\d+) \}$/.exec(entry))
    ends.set(id, Math.max(0, ...places.map((place) => Number(place?.[1] ?? 0) + Number(place?.[2] ?? 0))))
    return `${JSON.stringify(id)}: [\n${[...entries.values()].join(',\n')}\n]`
  })
  const starts = Object.fromEntries(
    [...ends].map(([id, end]) => [id, startOf(texts, Math.max(end, ends.get('shared') ?? 0))]),
  )
  const source = `export const files = {\n${lists.join(',\n')}\n}\nexport const starts = ${JSON.stringify(starts)}\n`
  const large = [...texts.large].map(([name, text]) => /** @type {const} */ ([name, compress(text)]))
  return { source, texts: new Map([[SMALL, Buffer.concat(texts.small)], ...large]) }
}

/**
 * What the program looks at before it believes what is installed.
 *
 * @param {Texts} texts @param {number} length
 */
function startOf(texts, length) {
  const hash = createHash('sha256').update(Buffer.concat(texts.small).subarray(0, length)).digest('hex')
  return { length, hash }
}

/**
 * The paths that a template's folder gives a project.
 *
 * @param {string} folder
 */
export function projectPaths(folder) {
  return filesOf(folder).map(projectPath)
}

/**
 * The path in a project of a file in a template's folder.
 *
 * @param {string} file
 */
export function projectPath(file) {
  return file.replace(/\.ejs$/, '')
}

/** @param {string} folder @param {string} file @param {Texts} texts */
function entryOf(folder, file, texts) {
  const source = path.join(folder, file)
  const content = readFileSync(source)
  const executable = (statSync(source).mode & 0o100) !== 0
  const text = content.toString('utf8')
  const ejsFile = file.endsWith('.ejs')
  // All else is copied, byte for byte, be it text or not.
  if (ejsFile && !Buffer.from(text).equals(content)) throw new Error(`${source} is not UTF-8 text.`)
  const name = projectPath(file)
  if (content.length >= largeFrom(folder, ejsFile)) {
    const large = ejsFile ? Buffer.from(withSlots(source, text)) : content
    return `{ ${head(name, executable)}, ${largeOf(name, large, texts)}, slots: ${ejsFile} }`
  }
  if (ejsFile) return `{ ${head(name, executable)}, ${renderOf(source, text)} }`
  return `{ ${head(file, executable)}, at: ${placeOf(content, texts)}, length: ${content.length} }`
}

/** Of EJS, a large text can hold one value only. @param {string} folder @param {boolean} ejsFile */
function largeFrom(folder, ejsFile) {
  return ejsFile || path.basename(folder) === 'shared' ? LARGE_IF_SHARED : LARGE
}

/** @param {Buffer} content @param {Texts} texts */
function placeOf(content, texts) {
  const text = content.toString('latin1')
  const known = texts.places.get(text)
  if (known !== undefined) return known
  const place = texts.length
  texts.places.set(text, place)
  texts.small.push(content)
  texts.length += content.length
  return place
}

/** @param {string} source @param {string} text */
function withSlots(source, text) {
  const content = text.replace(/<%#.*?-%>\n/gs, '')
  if (content.replaceAll('<%- it.slug %>', '').includes('<%')) {
    throw new Error(`${source} is large, and so may hold <%- it.slug %> and no other EJS.`)
  }
  return content
}

/** @param {string} file @param {Buffer} content @param {Texts} texts */
function largeOf(file, content, texts) {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 8)
  const name = `${path.posix.basename(file)}.${hash}.br`
  texts.large.set(name, content)
  return `large: '${name}'`
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

/** @param {Buffer} text */
function compress(text) {
  return brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT } })
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

/**
 * The files of a template's folder, relative to it, without what is not shipped.
 *
 * @param {string} folder @returns {string[]}
 */
export function filesOf(folder) {
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

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { transform } from 'esbuild'
import { renderOf, withSlots } from './ejs.mjs'
import { ADDRESSES, filesOf, projectPath } from './files.mjs'

// Each directory of templates (the shared one, a part, a template) becomes two files of the program: a module that lists
// what it gives, and the texts of that, one after the other. The texts of templates with the same parts, and of features, stand together. A project loads the
// few that it is made of, however many there are.

/** From this size on an EJS file is a text with slots; as code it would not be compressed. */
const LARGE_EJS = 16 * 1024

/** Texts of this size are compressed. What reads that is loaded anyway: what all templates share is as large. */
const WORTH_COMPRESSING = 2 * 1024

/** So many bytes of texts stand in one file, which a project reads as a whole where it needs one of them. */
const MAX_TOGETHER = 256 * 1024

/**
 * Stores directories of files below `dist`, as src/templates/load.ts reads them: each has a module of its own, and the texts of all stand
 * together, since what is alike is compressed better so.
 *
 * @param {{ source: string, name: string, additions?: object }[]} directories
 *   source: the directory; name: where it goes, such as `templates/shared`, `templates/parts/…` or `features/…`; additions: what a
 *   feature adds beside its files
 * @param {{ name: string, dist: string, quick: boolean }} options
 *   name: of the file of the texts; quick: whether little time matters more than few bytes
 */
export async function storeDirectories(directories, { name, dist, quick }) {
  const all = directories.map((directory) => ({ ...directory, ...storedOf(directory.source) }))
  for (const [index, group] of groupsOf(all).entries()) {
    const text = Buffer.concat(group.map(({ text }) => text))
    const isCompressed = text.length >= WORTH_COMPRESSING
    const file = `${name}${index || ''}.${isCompressed ? 'br' : 'txt'}`
    let at = 0
    for (const directory of group) {
      await writeModule(directory, { name: file, at, of: text.length }, dist)
      at += directory.text.length
    }
    mkdirSync(path.dirname(path.join(dist, file)), { recursive: true })
    writeFileSync(path.join(dist, file), isCompressed ? compress(text, quick) : text)
  }
}

/** The entries of the files of a directory, and their texts. @param {string} source */
function storedOf(source) {
  const files = existsSync(source) ? filesOf(source).sort(byKind(source)) : []
  const stored = files.map((file) => entryOf(source, file))
  // What src/base/hash.ts makes of each, so that a run hashes nothing twice.
  const hashes = stored.map(({ text }) => `sha256-${createHash('sha256').update(text).digest('base64')}`)
  return {
    entries: stored.map(({ entry }) => entry),
    text: Buffer.concat(stored.map(({ text }) => text)),
    hash: createHash('sha256').update(hashes.join('\n')).digest('base64').slice(0, 22),
  }
}

/** @template {{ text: Buffer }} Stored @param {Stored[]} all @returns {Stored[][]} */
function groupsOf(all) {
  /** @type {Stored[][]} */
  const groups = []
  let bytes = Number.POSITIVE_INFINITY
  for (const stored of all) {
    bytes += stored.text.length
    if (bytes > MAX_TOGETHER) {
      groups.push([])
      bytes = stored.text.length
    }
    groups.at(-1)?.push(stored)
  }
  return groups
}

/**
 * @param {{ name: string, additions?: object, entries: string[], hash: string }} directory
 * @param {{ name: string, at: number, of: number }} text @param {string} dist
 */
async function writeModule({ name, additions, entries, hash }, text, dist) {
  const module = [
    // In a block, where esbuild gives names of one letter.
    '{ const plain = (path, length) => ({ path, length })',
    `exports.files = [\n${entries.join(',\n')}\n]`,
    `exports.text = ${JSON.stringify({ ...text, hash })}`,
    ...(additions ? [`exports.additions = ${JSON.stringify(additions)}`] : []),
    '}',
  ].join('\n')
  // Not from a module of ES: what esbuild writes around one is longer than many of these.
  const { code } = await transform(module, { target: 'node20.12', minify: true, charset: 'ascii' })
  mkdirSync(path.dirname(path.join(dist, name)), { recursive: true })
  writeFileSync(path.join(dist, `${name}.cjs`), code)
}

/** Files of one kind, one directory and about one size stand together: what is alike is compressed better where it is near. @param {string} source */
function byKind(source) {
  const size = (/** @type {string} */ file) => statSync(path.join(source, file)).size
  const compare = (/** @type {string} */ a, /** @type {string} */ b) => (a < b ? -1 : a > b ? 1 : 0)
  return (/** @type {string} */ a, /** @type {string} */ b) =>
    compare(path.extname(b), path.extname(a)) ||
    compare(path.dirname(a), path.dirname(b)) ||
    size(b) - size(a) ||
    compare(a, b)
}

/**
 * One file: the source of its entry in the list, and its text, which is empty where the entry has it as code.
 *
 * @param {string} directory @param {string} file @returns {{ entry: string, text: Buffer }}
 */
function entryOf(directory, file) {
  const source = path.join(directory, file)
  const content = withAddresses(source)
  const executable = (statSync(source).mode & 0o100) !== 0 ? ', executable: true' : ''
  const name = JSON.stringify(projectPath(file))
  const head = `path: ${name}${executable}`
  const textEntry = (/** @type {Buffer} */ text, slots = '') => {
    const isPlain = !executable && !slots
    return { entry: isPlain ? `plain(${name}, ${text.length})` : `{ ${head}, length: ${text.length}${slots} }`, text }
  }
  // What is not EJS is copied, byte for byte, be it text or not.
  if (!file.endsWith('.ejs')) return textEntry(content)
  const text = content.toString('utf8')
  if (!Buffer.from(text).equals(content)) throw new Error(`${source} is not UTF-8 text.`)
  if (content.length < LARGE_EJS) return { entry: `{ ${head}, ${renderOf(source, text)} }`, text: Buffer.alloc(0) }
  return textEntry(Buffer.from(withSlots(source, text)), ', slots: true')
}

/** A file with its addresses, where it has some. Their first line says of what they are. @param {string} source */
function withAddresses(source) {
  const content = readFileSync(source)
  const addresses = `${source}${ADDRESSES}`
  if (!existsSync(addresses)) return content
  const [, ...lines] = readFileSync(addresses, 'utf8').split('\n')
  return Buffer.concat([content, Buffer.from(lines.join('\n'))])
}

/** @param {Buffer} text @param {boolean} quick */
function compress(text, quick) {
  const { BROTLI_PARAM_MODE, BROTLI_MODE_TEXT, BROTLI_PARAM_SIZE_HINT, BROTLI_PARAM_QUALITY } = constants
  return brotliCompressSync(text, {
    params: {
      [BROTLI_PARAM_MODE]: BROTLI_MODE_TEXT,
      [BROTLI_PARAM_SIZE_HINT]: text.length,
      ...(quick && { [BROTLI_PARAM_QUALITY]: 1 }),
    },
  })
}

import { readFileSync } from 'node:fs'
import path from 'node:path'
import ejs from 'ejs'

/** How `<%= %>` escapes, by the extension of the file that comes out. */
const TARGETS = JSON.parse(readFileSync(new URL('../src/templates/escape-targets.json', import.meta.url), 'utf8'))

/**
 * An EJS file as the properties `render` and `target` of a stored file, in source text. It becomes a plain function: the
 * published program holds no interpreter, and no way to include other files.
 *
 * @param {string} source the path of the file, for messages @param {string} text
 * @throws {Error} where EJS does not understand it, or nothing is known about escaping for its kind
 */
export function renderOf(source, text) {
  const extension = path.extname(source.slice(0, -'.ejs'.length))
  const target = TARGETS[extension]
  if (!target && text.includes('<%=')) {
    throw new Error(`${source} uses <%= %>, but nothing is known about escaping in a ${extension} file.`)
  }
  return `render: ${compile(text, source)}${target ? `, target: '${target}'` : ''}`
}

/**
 * A large EJS file, which as code would not be compressed, or a section of README.md, as text with slots in it.
 *
 * @param {string} source the path of the file, for messages @param {string} text
 * @throws {Error} where it holds more than the one value that can have a slot
 */
export function withSlots(source, text) {
  const content = text.replace(/<%#.*?-%>\n/gs, '')
  if (content.replaceAll('<%- it.slug %>', '').includes('<%')) {
    throw new Error(`${source} is kept as text, and so may hold <%- it.slug %> and no other EJS.`)
  }
  return content
}

/** @param {string} text @param {string} source */
function compile(text, source) {
  const template = new ejs.Template(text, { strict: true, localsName: 'it', _with: false, compileDebug: false })
  try {
    template.compile()
  } catch (error) {
    throw new Error(`${source}: ${/** @type {Error} */ (error).message.split('\n')[0]}`)
  }
  return `(it, escapeFn) => {\n${template.source}}`
}

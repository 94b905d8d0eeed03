import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { isObject } from '../base/object.js'
import type { BroughtNotebook, Left, Requirement } from './brought.js'
import { placeable } from './elsewhere.js'
import { isForeign, readInstalls } from './installs.js'
import { withoutOutputs } from './outputs.js'
import { STANDARD } from './standard.js'

const MAX_NOTEBOOKS = 500
const MAX_BYTES = 50_000_000
const MAX_DEPTH = 8

/** Directories that hold no notebooks of the user's own. */
const PASSED_OVER = /^(\..*|node_modules|__pycache__|venv|env|site-packages|.*\.egg-info)$/

/** The notebooks of a directory, what they import, what they install, and what is not brought. */
export interface FoundNotebooks {
  readonly notebooks: readonly BroughtNotebook[]
  readonly imports: readonly string[]
  /** The modules among them that lie there, as files and directories, relative to it. */
  readonly modules: readonly string[]
  /** What their cells install, each with the cell that it stands in. */
  readonly installs: readonly { readonly requirement: Requirement; readonly where: string }[]
  readonly left: readonly Left[]
}

/** The same while it is being found. */
interface Finding {
  readonly notebooks: BroughtNotebook[]
  readonly imports: Set<string>
  readonly installs: { requirement: Requirement; where: string }[]
  readonly left: Left[]
}

/**
 * Finds the notebooks in a directory, and below it; a link is not followed.
 *
 * @param only the name of the one notebook that is wanted; what lies beside it is looked at all the same, for its modules
 * @throws a system error where the directory cannot be read
 */
export function findNotebooks(directory: string, only?: string): FoundNotebooks {
  const found: Finding = { notebooks: [], imports: new Set(), installs: [], left: [] }
  const own = new Map<string, string>()
  for (const file of filesIn(directory, found.left)) {
    const [first = ''] = file.split('/')
    if (first !== file && !own.has(first)) own.set(first, first)
    if (/\.py$/.test(file)) own.set(path.posix.basename(file, '.py'), file)
    if (only === undefined ? /\.ipynb$/.test(file) : file === only) take(directory, file, found)
  }
  const imported = [...found.imports].filter((name) => !STANDARD.has(name)).sort()
  const imports = imported.filter((name) => !own.has(name))
  return { ...found, imports, modules: imported.flatMap((name) => own.get(name) ?? []) }
}

function take(directory: string, file: string, found: Finding) {
  const where = path.join(directory, file)
  const refuse = (why: string) => found.left.push({ what: file, where: directory, why })
  if (found.notebooks.length >= MAX_NOTEBOOKS)
    return refuse(`more than ${MAX_NOTEBOOKS} notebooks are not brought at once`)
  if (statSync(where).size > MAX_BYTES) return refuse('it has more than 50 MB')
  const content = readFileSync(where)
  const text = content.toString('utf8').replace(/^\uFEFF/, '')
  const cells = cellsOf(text)
  if (!cells) return refuse('it is not a notebook that Jupyter 4 or newer wrote')
  const clean = withoutOutputs(text)
  const withoutAny = clean === undefined ? {} : { withoutOutputs: Buffer.from(clean) }
  found.notebooks.push({ path: `notebooks/${file.replace(/^notebooks\//, '')}`, content, ...withoutAny })
  for (const [index, text] of cells.entries()) {
    for (const name of importsOf(text)) found.imports.add(name)
    const cell = { text, where: `${file}, code cell ${index + 1}`, directory: path.dirname(where) }
    const { requirements, left } = readInstalls(cell)
    const { kept, left: elsewhere } = placeable(requirements, cell.where)
    found.installs.push(...kept.map((requirement) => ({ requirement, where: cell.where })))
    found.left.push(...left, ...elsewhere)
  }
}

/** The code of a notebook, cell by cell; undefined for what is none. */
function cellsOf(content: string): string[] | undefined {
  try {
    const notebook: unknown = JSON.parse(content)
    if (!isObject(notebook) || !Array.isArray(notebook.cells) || typeof notebook.nbformat !== 'number') return undefined
    return notebook.cells.flatMap((cell: unknown) => {
      if (!isObject(cell) || cell.cell_type !== 'code') return []
      return [Array.isArray(cell.source) ? cell.source.join('') : String(cell.source ?? '')]
    })
  } catch {
    return undefined
  }
}

/** The modules that a cell imports, by their first name; a cell in another language imports none. */
function importsOf(cell: string): string[] {
  if (isForeign(cell)) return []
  return cell.split(/[\n;]/).flatMap((line) => {
    const [, from, several] = /^\s*(?:from\s+([A-Za-z_]\w*)[\w.]*\s+import\b|import\s+([\w., ]+))/.exec(line) ?? []
    const names = from ? [from] : (several ?? '').split(',').map((part) => /^\s*([A-Za-z_]\w*)/.exec(part)?.[1] ?? '')
    return names.filter(Boolean)
  })
}

/** All plain files, relative to the directory, with slashes, in the order of their names. There may be very many. */
function* filesIn(directory: string, left: Left[], below = '', depth = 0): Generator<string> {
  for (const entry of entriesIn(directory, below, left)) {
    const file = below ? `${below}/${entry.name}` : entry.name
    if (entry.isFile()) yield file
    else if (entry.isSymbolicLink() && /\.ipynb$/.test(entry.name))
      left.push({ what: file, where: directory, why: 'it is a link' })
    else if (entry.isDirectory() && !PASSED_OVER.test(entry.name) && depth < MAX_DEPTH)
      yield* filesIn(directory, left, file, depth + 1)
  }
}

/** A directory below that is closed to the user is named, and costs nothing else. */
function entriesIn(directory: string, below: string, left: Left[]): Dirent[] {
  try {
    return readdirSync(path.join(directory, below), { withFileTypes: true }).sort(byName)
  } catch (error) {
    if (!below) throw error
    left.push({ what: `${below}/`, where: directory, why: 'it cannot be read' })
    return []
  }
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1
}

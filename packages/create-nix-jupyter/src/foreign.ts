import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { explainSystemError, Failure } from './errors.js'
import { escapes } from './escape.js'
import targets from './escape-targets.json' with { type: 'json' }
import type { ProjectFile } from './render.js'
import type { Values } from './templates.js'

const MOST_FILES = 2000
const MOST_BYTES = 20 * 1024 * 1024
const SET_ID_BITS = 0o6000

/** What a template from elsewhere may say about itself, and what this program writes: neither is part of the project. */
const NOT_TAKEN = new Set(['degit.json', '.nix-jupyter.json'])

/** Reads the folder of a template from elsewhere; what could do harm, or could only half work, is refused as a whole. */
export function readForeign(folder: string, shown: string): ProjectFile[] {
  const files: ProjectFile[] = []
  let size = 0
  for (const file of plainFiles(folder, '', shown)) {
    const where = path.join(folder, file)
    const content = readOrExplain(where)
    size += content.length
    if (files.length >= MOST_FILES) throw refused(shown, `it has more than ${MOST_FILES} files`)
    if (size > MOST_BYTES) throw refused(shown, `it is larger than ${MOST_BYTES / 1024 / 1024} MB`)
    const executable = (lstatSync(where).mode & 0o100) !== 0
    files.push({ path: file, content, executable, origin: 'template' })
  }
  if (!files.some((file) => file.path === 'flake.nix')) throw refused(shown, 'it has no flake.nix')
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

function* plainFiles(root: string, below: string, shown: string): Generator<string> {
  const names = namesIn(path.join(root, below))
  if (names.length === 0 && below)
    throw refused(shown, `${below} is an empty folder, which git would not keep; put a file such as .gitkeep into it`)
  for (const name of names) {
    const file = below ? `${below}/${name}` : name
    if (NOT_TAKEN.has(file)) continue
    if (name.includes('\ufffd')) throw refused(shown, `${JSON.stringify(file)} has a name that is not UTF-8`)
    const found = lstatSync(path.join(root, file))
    if (name.toLowerCase().startsWith('.create-nix-jupyter'))
      throw refused(shown, `${file} has a name that this program keeps for itself`)
    if (name.toLowerCase() === '.git') throw refused(shown, `${file} belongs to git`)
    if (/[\p{Cc}\\:]/u.test(name))
      throw refused(shown, `${JSON.stringify(file)} has a name that not every system takes`)
    if (found.mode & SET_ID_BITS && found.isFile())
      throw refused(shown, `${file} would run with the rights of another user`)
    if (name.endsWith('.ejs'))
      throw refused(shown, `${file} is EJS, which is code; a template from elsewhere may use {{name}}`)
    if (found.isDirectory()) yield* plainFiles(root, file, shown)
    else if (found.isFile()) yield file
    else throw refused(shown, `${file} is ${found.isSymbolicLink() ? 'a symbolic link' : 'not a plain file'}`)
  }
}

/** Fills `{{name}}`, `{{slug}}`, `{{python}}` and `{{pythonAttr}}` in, escaped for the kind of file. */
export function fillForeign(files: readonly ProjectFile[], values: Values): ProjectFile[] {
  return files.map((file) => {
    const text = file.content.toString('utf8')
    if (!text.includes('{{') || !Buffer.from(text).equals(file.content)) return file
    const filled = text.replace(/\{\{(name|slug|python|pythonAttr)\}\}/g, (_, key: 'name') =>
      escapedFor(file.path, values[key]),
    )
    return { ...file, content: Buffer.from(filled) }
  })
}

/** In code nobody knows which quotes stand around it, so what any quotes could take for their end is refused. */
function escapedFor(file: string, value: string): string {
  const target = Object.entries(targets).find(([extension]) => extension === path.extname(file))?.[1]
  if (target === 'markdown') return escapes.markdown(value)
  if ((target ? /^[^'"`\\${}\p{Cc}]*$/u : /^[A-Za-z0-9._-]+$/).test(value)) return value
  throw new Failure('usage', `“${value}” cannot be put into ${file} without breaking it.`, {
    next: ['Choose a name without quotes and signs, or use {{slug}} in that file.'],
  })
}

/** What a template brings along that runs, or changes Nix's settings, without being started by hand. */
export function risksOf(files: readonly ProjectFile[]): { readonly path: string; readonly text: string }[] {
  return files.flatMap(({ path: file, content }) => {
    const text = content.toString('utf8')
    if (file === '.envrc' || file === '.vscode/tasks.json') return [{ path: file, text }]
    return file === 'flake.nix' && /\bnixConfig\b/.test(text) ? [{ path: file, text }] : []
  })
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    throw explainSystemError(error, folder)
  }
}

function readOrExplain(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw explainSystemError(error, file)
  }
}

/** The one sentence for a template that is not taken. */
export function refused(shown: string, reason: string): Failure {
  return new Failure('failed', `The template ${shown} is refused: ${reason}.`, {
    next: ['Nothing of it was kept. Choose another template: create-nix-jupyter list'],
  })
}

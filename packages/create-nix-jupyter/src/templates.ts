import { hash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import path from 'node:path'
import { Failure } from './errors.js'
import { type EscapeTarget, escapes } from './escape.js'

/** What a template's EJS files see as `it`. */
export interface Values {
  readonly name: string
  readonly slug: string
  readonly python: string
  readonly pythonAttr: string
  readonly packages: readonly string[]
  readonly requirements: readonly string[]
  readonly version: string
  readonly template: { readonly id: string; readonly title: string }
  readonly command: string
}

/** An EJS file, compiled: the escape function is the one of the file's type. */
type Render = (it: Values, escapeFn: (value: unknown) => string) => string

/** A file as the build stores it: a part of the small texts, a large text of its own, or compiled EJS. */
export type StoredFile = { readonly path: string; readonly executable: boolean } & (
  | { readonly at: number; readonly length: number }
  | { readonly large: string; readonly slots: boolean }
  | { readonly render: Render; readonly target?: EscapeTarget }
)

/** A file that a template gives to a project. */
export interface TemplateFile {
  readonly path: string
  readonly executable: boolean
  readonly origin: 'shared' | 'template'
  /** Its content for the given values. */
  readonly contentFor: (values: Values) => Promise<Buffer>
}

/** Loads what a template stands for: the shared files, with its own in front. */
export async function loadTemplate(id: string): Promise<Iterable<TemplateFile>> {
  const { files, starts } = await import('built:files')
  const [shared, own, start] = [files.shared, files[id], starts[id]]
  if (!shared || !own || !start) throw new Error(`there is no template ${id}`)
  const small = readStart(textFile('small.txt'), start.length)
  if (hash('sha256', small, 'hex') !== start.hash) throw damaged('small.txt')
  const fileFrom = (origin: TemplateFile['origin']) => (file: StoredFile) => {
    const contentFor = (values: Values) => contentOf(file, small, values)
    return [file.path, { path: file.path, executable: file.executable, origin, contentFor }] as const
  }
  return new Map([...shared.map(fileFrom('shared')), ...own.map(fileFrom('template'))]).values()
}

async function contentOf(file: StoredFile, small: Buffer, values: Values): Promise<Buffer> {
  if ('at' in file) return small.subarray(file.at, file.at + file.length)
  if ('large' in file) {
    const { readCompressed } = await import('./compressed.js')
    const text = readCompressed(textFile(file.large))
    // A part of the hash is in the name.
    if (!text || !file.large.includes(`.${hash('sha256', text, 'hex').slice(0, 8)}.`)) throw damaged(file.large)
    return file.slots ? fillSlots(text.toString(), values) : text
  }
  return Buffer.from(file.render(values, file.target ? escapes[file.target] : refuseEscape(file.path)))
}

/** A large EJS file is kept as text, since as code it would not be compressed; the build sees that it is as simple as this. */
function fillSlots(text: string, values: Values): Buffer {
  return Buffer.from(text.replace(/<%- it\.slug %>/g, () => values.slug))
}

/** Reads the first bytes of a file: the shared texts come first, and those of the last templates are rarely wanted. */
function readStart(file: string, length: number): Buffer {
  const handle = openSync(file, 'r')
  try {
    const start = Buffer.allocUnsafe(length)
    const read = readSync(handle, start, 0, length, 0)
    return start.subarray(0, read)
  } finally {
    closeSync(handle)
  }
}

/** A power cut while npm installed this program leaves files of the right length with nothing in them. */
function damaged(name: string): Failure {
  return new Failure('failed', `The installed program is damaged: its file texts/${name} is not as it was published.`, {
    next: ['Remove the copy that npm keeps, then run the command again:', 'rm -r "$(npm config get cache)/_npx"'],
  })
}

/** Texts lie beside the program. */
function textFile(name: string): string {
  return path.join(__dirname, 'texts', name)
}

/** The build refuses `<%=` in files without a target; nothing unescaped can slip through here either. */
function refuseEscape(path: string): () => never {
  return () => {
    throw new Error(`${path} has no escape target`)
  }
}

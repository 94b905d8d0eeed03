import { closeSync, openSync, readSync } from 'node:fs'
import path from 'node:path'
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
  const { files } = await import('built:files')
  const [shared, own] = [files.shared, files[id]]
  if (!shared || !own) throw new Error(`there is no template ${id}`)
  const ends = [...shared, ...own].map((file) => ('at' in file ? file.at + file.length : 0))
  const small = readStart(textFile('small.txt'), Math.max(...ends))
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
    if (read < length) throw new Error(`${file} ends after ${read} of ${length} bytes`)
    return start
  } finally {
    closeSync(handle)
  }
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

import { shared, templates } from 'built:files'
import { brotliDecompressSync } from 'node:zlib'
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

/** A file as the build stores it: a text of the template's pool, a large text that templates share, or compiled EJS. */
type StoredFile = { readonly path: string; readonly executable: boolean } & (
  | { readonly text: number }
  | { readonly large: () => Promise<StoredText>; readonly slots: boolean }
  | { readonly render: Render; readonly target?: EscapeTarget }
)

/** Text, compressed with brotli, in base64. */
interface StoredText {
  readonly brotli: string
}

/** What a built template holds: its files, and the plain ones' texts as one compressed list. */
export interface StoredTemplate {
  readonly files: readonly StoredFile[]
  readonly texts: string
}

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
  const load = templates[id]
  if (!load) throw new Error(`there is no template ${id}`)
  const [base, own] = await Promise.all([shared(), load()])
  const files = [...filesOf(base, 'shared'), ...filesOf(own, 'template')]
  return new Map(files.map((file) => [file.path, file])).values()
}

function filesOf({ files, texts }: StoredTemplate, origin: TemplateFile['origin']): TemplateFile[] {
  const pool: string[] = JSON.parse(expand(texts).toString())
  return files.map((file) => {
    const { path, executable } = file
    return { path, executable, origin, contentFor: (values) => contentOf(file, pool, values) }
  })
}

async function contentOf(file: StoredFile, pool: readonly string[], values: Values): Promise<Buffer> {
  if ('text' in file) return Buffer.from(pool[file.text] ?? '')
  if ('large' in file) {
    const text = expand((await file.large()).brotli)
    return file.slots ? fillSlots(text.toString(), values) : text
  }
  return Buffer.from(file.render(values, file.target ? escapes[file.target] : refuseEscape(file.path)))
}

/** A large EJS file is kept as text, since as code it would not be compressed; the build sees that it is as simple as this. */
function fillSlots(text: string, values: Values): Buffer {
  return Buffer.from(text.replace(/<%- it\.slug %>/g, () => values.slug))
}

function expand(base64: string): Buffer {
  return brotliDecompressSync(Buffer.from(base64, 'base64'))
}

/** The build refuses `<%=` in files without a target; nothing unescaped can slip through here either. */
function refuseEscape(path: string): () => never {
  return () => {
    throw new Error(`${path} has no escape target`)
  }
}

import { shared, templates } from 'built:files'
import { manifests } from 'built:manifests'
import { brotliDecompressSync } from 'node:zlib'
import { type EscapeTarget, escapes } from './escape.js'

/** A template's `template.json`. */
export interface Manifest {
  readonly id: string
  readonly title: string
  readonly hint: string
  readonly order: number
  readonly python: { readonly default: string; readonly choices: readonly string[] }
  /** The file in which this template keeps extra Python packages. */
  readonly packages: 'flake.nix' | 'requirements.in' | 'pyproject.toml'
}

/** What a template's EJS files see as `it`. */
export interface Values {
  readonly name: string
  readonly slug: string
  readonly python: string
  readonly pythonAttr: string
  readonly packages: readonly string[]
  readonly requirements: readonly string[]
  readonly version: string
  readonly template: Manifest
  readonly command: string
}

/** An EJS file, compiled: the escape function is the one of the file's type. */
export type Render = (it: Values, escapeFn: (value: unknown) => string) => string

/** A file as the build stores it. */
export interface StoredFile {
  readonly path: string
  readonly executable: boolean
  readonly text?: number
  readonly large?: () => Promise<StoredText>
  readonly render?: Render
  readonly target?: EscapeTarget
}

/** Text, compressed with brotli, in base64. */
export interface StoredText {
  readonly brotli: string
}

/** What a built template holds: its files, and the plain ones' texts as one compressed list. */
export interface StoredTemplate {
  readonly files: readonly StoredFile[]
  readonly texts: string
}

/** The built-in templates, in the order of their manifests. */
export { manifests }

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
  return files.map(({ path, executable, text, large, render, target }) => ({
    path,
    executable,
    origin,
    contentFor: async (values) => {
      if (render) return Buffer.from(render(values, target ? escapes[target] : refuseEscape(path)))
      return large ? expand((await large()).brotli) : Buffer.from(pool[text ?? -1] ?? refuseEscape(path)())
    },
  }))
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

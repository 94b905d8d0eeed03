import { shared, templates } from 'built:files'
import { manifests } from 'built:manifests'
import type { EscapeTarget } from './escape.js'

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
  readonly template: { readonly id: string; readonly title: string }
  readonly command: string
}

/** An EJS file, compiled: the escape function is the one of the file's type. */
export type Render = (it: Values, escapeFn: (value: unknown) => string) => string

/** A file as the build stores it: text, a compiled EJS file with its target, or brotli in base64. */
export type StoredFile = readonly [
  path: string,
  executable: 0 | 1,
  body: string | Render | { readonly brotli: string },
  target?: EscapeTarget,
]

/** The built-in templates, in the order of their manifests. */
export { manifests }

/** A stored file, and whether every template has it. */
export interface TemplateFile {
  readonly origin: 'shared' | 'template'
  readonly file: StoredFile
}

/** Loads what a template stands for: the shared files, with its own in front. */
export async function loadTemplate(id: string): Promise<Map<string, TemplateFile>> {
  const load = templates[id]
  if (!load) throw new Error(`there is no template ${id}`)
  const [base, own] = await Promise.all([shared(), load()])
  const from = (origin: TemplateFile['origin'], files: readonly StoredFile[]) =>
    files.map((file): [string, TemplateFile] => [file[0], { origin, file }])
  return new Map([...from('shared', base.files), ...from('template', own.files)])
}

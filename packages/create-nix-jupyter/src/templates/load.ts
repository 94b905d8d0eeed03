import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Failure } from '../base/errors.js'
import { hashOf } from '../base/hash.js'
import type { Additions } from './additions.js'
import { type EscapeTarget, escapes } from './escape.js'
import type { Manifest } from './manifests.js'

/** What a template's EJS files see as `it`. */
export interface Values {
  readonly name: string
  readonly slug: string
  readonly python: string
  readonly pythonAttr: string
  readonly packages: readonly string[]
  readonly requirements: readonly string[]
  /** The ids of the features that were chosen. */
  readonly features: readonly string[]
  /** What features add to flake.nix, as it is written there: packages such as `pkgs.git`, and whole lines for services. */
  readonly tools: readonly string[]
  readonly services: readonly string[]
  /** What they add to .gitattributes, README.md and AGENTS.md: lines and sections. */
  readonly attributes: readonly string[]
  readonly sections: readonly string[]
  readonly agents: readonly string[]
  readonly template: { readonly id: string; readonly title: string; readonly gpu?: boolean }
}

/** An EJS file, compiled: the escape function is the one of the file's type. */
type Render = (it: Values, escapeFn: (value: unknown) => string) => string

/** A file as the build stores it: the next bytes of its directory's texts, or compiled EJS. */
type StoredFile = { readonly path: string; readonly executable?: true } & (
  | { readonly length: number; readonly slots?: true }
  | { readonly render: Render; readonly target?: EscapeTarget }
)

/** A directory of files as the build stores it: its files, and where their texts are (see build/store.mjs). */
interface StoredDirectory {
  readonly files: readonly StoredFile[]
  /**
   * `at` and `of`: where they begin in the file, and how many bytes that has. `hash` is that of the files' hashes, a line for each: as
   * much of it as tells a damaged disk (build/store.mjs).
   */
  readonly text: { readonly name: string; readonly at: number; readonly of: number; readonly hash: string }
  /** What a feature adds beside its files. */
  readonly additions?: Partial<Additions>
}

/** Who gives a file to a project. */
type Origin = 'shared' | 'template' | 'feature'

/** A file that a template or a feature gives to a project. */
export interface TemplateFile {
  readonly path: string
  readonly executable: boolean
  readonly origin: Origin
  /** Its content for the given values. */
  readonly contentFor: (values: Values) => Buffer
}

/**
 * Loads what a template stands for: what all share, what some share, and its own, which go before.
 *
 * @throws {Failure} where the installed program is damaged
 */
export async function loadTemplate({ id, parts = [] }: Manifest): Promise<Iterable<TemplateFile>> {
  const own = [...parts.map((part) => `parts/${part}`), id]
  const directories = await Promise.all([
    loadDirectory('templates/shared', 'shared'),
    ...own.map((directory) => loadDirectory(`templates/${directory}`, 'template')),
  ])
  return new Map(directories.flatMap(({ files }) => files).map((file) => [file.path, file])).values()
}

/**
 * Loads a directory that the build has stored.
 *
 * @throws {Failure} where the installed program is damaged
 */
export async function loadDirectory(
  directory: string,
  origin: Origin,
): Promise<{ files: TemplateFile[]; additions: Partial<Additions> }> {
  const { stored, additions } = await openDirectory(directory)
  const files = stored.map(({ file, bytes }): TemplateFile => {
    const { path: name, executable = false } = file
    const contentFor =
      'render' in file
        ? (values: Values) => Buffer.from(file.render(values, escapeFor(file)))
        : (values: Values) => (file.slots ? Buffer.from(fillSlots(bytes.toString(), values.slug)) : bytes)
    return { path: name, executable, origin, contentFor }
  })
  return { files, additions }
}

/**
 * The text of one file of a directory that the build has stored, one that projects get as it is.
 *
 * @throws {Failure} where the installed program is damaged
 */
export async function loadText(directory: string, name: string): Promise<string> {
  const { stored } = await openDirectory(directory)
  const found = stored.find(({ file }) => file.path === name)
  if (!found) throw damaged(`${directory}.cjs`)
  return found.bytes.toString()
}

async function openDirectory(directory: string) {
  const { files, text, additions = {} } = await loadModule(`${directory}.cjs`)
  const content = await readText(text.name, text.of)
  if (content?.length !== text.of) throw damaged(text.name)
  let { at } = text
  const stored = files.map((file) => {
    const bytes = content.subarray(at, at + lengthOf(file))
    at += bytes.length
    return { file, bytes }
  })
  // By the hashes of its files, which the project's record needs, too: nothing is hashed twice.
  const hashes = stored.map(({ bytes }) => hashOf(bytes)).join('\n')
  if (hash('sha256', hashes, 'base64').slice(0, 22) !== text.hash) throw damaged(text.name)
  return { stored, additions }
}

function lengthOf(file: StoredFile): number {
  return 'render' in file ? 0 : file.length
}

/** What lies beside the program is read at run time, so that each project loads what it needs and no more. */
async function loadModule(name: string): Promise<StoredDirectory> {
  try {
    return await import(path.join(__dirname, name))
  } catch {
    throw damaged(name)
  }
}

async function readText(name: string, length: number): Promise<Buffer | undefined> {
  const file = path.join(__dirname, name)
  try {
    return name.endsWith('.br') ? (await import('./compressed.js')).readCompressed(file, length) : readFileSync(file)
  } catch {
    return undefined
  }
}

/** A large EJS file and a section of README.md are kept as text; the build sees that they are as simple as this. */
export function fillSlots(text: string, slug: string): string {
  return text.replace(/<%- it\.slug %>/g, () => slug)
}

/** A power cut while npm installed this program leaves files of the right length with nothing in them. */
function damaged(name: string): Failure {
  return new Failure('failed', `The installed program is damaged: its file ${name} is not as it was published.`, {
    next: ['Next: rm -r "$(npm config get cache)/_npx"    (the copy that npm keeps)', 'Then run the command again.'],
  })
}

/** The build refuses `<%=` in files without a target; nothing unescaped can slip through here either. */
function escapeFor({ path, target }: { readonly path: string; readonly target?: EscapeTarget }) {
  if (target) return escapes[target]
  return () => {
    throw new Error(`${path} has no escape target`)
  }
}

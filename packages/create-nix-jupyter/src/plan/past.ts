import { isPathInside } from '../base/inside.js'
import { isObject } from '../base/object.js'
import { RECORD } from '../base/own-names.js'
import { isVersion } from './versions.js'

/** What a project says of how it was made. */
export interface Past {
  readonly version: string
  /** The id of the template; of a remote one its address, with the commit. */
  readonly template: string
  /** The branch or tag of a remote template that the user has named. */
  readonly ref: string | undefined
  readonly name: string
  readonly python: string
  readonly packages: readonly string[]
  /** Undefined where the project is older than features. */
  readonly features: readonly string[] | undefined
  readonly git: boolean
  /** The hash that each file had when it was written: one, or of a record that git could not merge one for each side. */
  readonly files: ReadonlyMap<string, readonly string[]>
  /** The files that were made executable; undefined where that is not known. */
  readonly executables: readonly string[] | undefined
  /** Of a record that git could not merge: what both sides have changed, each in its own way. */
  readonly clashes?: readonly Clash[]
}

/** An answer of which there are two. */
export interface Clash {
  readonly answer: 'template' | 'python' | 'name' | 'git'
  readonly values: readonly [string, string]
}

/** What is wrong with a record. */
export class BadRecord extends Error {}

const MAX_FILES = 20_000

/**
 * Reads the text of a record. It is input: its shape, its paths and its version are checked.
 *
 * @throws {BadRecord} where it is not what this program writes
 */
export function parsePast(text: string): Past {
  const record = parseJson(text)
  const bad = (what: string) => new BadRecord(`"${what}" is not what this program writes`)
  if (!isObject(record) || record.generator !== 'create-nix-jupyter') throw bad('generator')
  const { version, template, ref, answers, executables } = record
  if (!isText(version) || !isVersion(version)) throw bad('version')
  if (!isText(template)) throw bad('template')
  if (ref !== undefined && !(isText(ref) && /^[\w./-]+$/.test(ref))) throw bad('ref')
  if (!isObject(answers)) throw bad('answers')
  const { name, python, packages, features, git } = answers
  if (!isText(name) || !isPathInside(name) || name.includes('/')) throw bad('answers.name')
  if (!isText(python)) throw bad('answers.python')
  if (!isTexts(packages)) throw bad('answers.packages')
  if (features !== undefined && !isTexts(features)) throw bad('answers.features')
  if (typeof git !== 'boolean') throw bad('answers.git')
  if (executables !== undefined && !isTexts(executables)) throw bad('executables')
  const files = filesOf(record.files)
  if (!files) throw bad('files')
  return { version, template, ref, name, python, packages, features, git, files, executables }
}

/** The hashes by path; undefined where something among them is none. */
function filesOf(value: unknown): Map<string, readonly string[]> | undefined {
  const files = new Map<string, readonly string[]>()
  for (const [file, hash] of isObject(value) ? Object.entries(value) : []) {
    const isGood = isPathInside(file) && file !== RECORD && isText(hash) && hash.startsWith('sha256-')
    if (!isGood) return undefined
    files.set(file, [hash])
  }
  return files.size > 0 && files.size <= MAX_FILES ? files : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new BadRecord('it is not JSON')
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length < 1000
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.length < 1000 && value.every(isText)
}

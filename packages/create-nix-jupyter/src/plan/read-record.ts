import { lstatSync, readFileSync, type Stats } from 'node:fs'
import path from 'node:path'
import { explainSystemError, Failure } from '../base/errors.js'
import type { Host } from '../base/host.js'
import { isPathInside } from '../base/inside.js'
import { callOf, managerOf } from '../base/manager.js'
import { RECORD } from '../base/own-names.js'
import { shellQuote } from '../base/shell.js'
import { isNewer, isVersion } from './versions.js'

/** What a project says of how it was made. */
export interface Past {
  readonly version: string
  /** The id of the template. */
  readonly template: string
  readonly name: string
  readonly python: string
  readonly packages: readonly string[]
  /** Undefined where the project is older than features. */
  readonly features: readonly string[] | undefined
  readonly git: boolean
  /** The hash that each file had when it was written. */
  readonly files: ReadonlyMap<string, string>
}

const MAX_BYTES = 4 * 1024 * 1024
const MAX_FILES = 20_000

/**
 * Reads the record of a project. It is input: its shape, its paths and its version are checked.
 *
 * @throws {Failure} where there is none, it is damaged, or it is of a newer version
 */
export function readRecord(root: string, typed: string, host: Host): Past {
  const file = path.join(root, RECORD)
  const found = lookAt(file, typed)
  if (!found) throw noRecord(typed)
  if (!found.isFile() || found.size > MAX_BYTES) throw damaged(typed, 'it is not a file of a sensible size')
  const past = parse(readText(file), typed)
  if (isNewer(past.version, PROGRAM_VERSION)) throw newer(past.version, typed, host)
  return past
}

function lookAt(file: string, typed: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false })
  } catch (error) {
    throw explainSystemError(error, typed)
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new Failure('failed', `${file} could not be read.`, { next: [`Next: ls -l ${shellQuote(file)}`] })
  }
}

function parse(text: string, typed: string): Past {
  const record = parseJson(text, typed)
  const bad = (what: string) => damaged(typed, `"${what}" is not what this program writes`)
  if (!isObject(record) || record.generator !== 'create-nix-jupyter') throw bad('generator')
  const { version, template, answers } = record
  if (!isText(version) || !isVersion(version)) throw bad('version')
  if (!isText(template)) throw bad('template')
  if (!isObject(answers)) throw bad('answers')
  const { name, python, packages, features, git } = answers
  if (!isText(name) || !isPathInside(name) || name.includes('/')) throw bad('answers.name')
  if (!isText(python)) throw bad('answers.python')
  if (!isTexts(packages)) throw bad('answers.packages')
  if (features !== undefined && !isTexts(features)) throw bad('answers.features')
  if (typeof git !== 'boolean') throw bad('answers.git')
  const files = filesOf(record.files)
  if (!files) throw bad('files')
  return { version, template, name, python, packages, features, git, files }
}

/** The hashes by path; undefined where something among them is none. */
function filesOf(value: unknown): Map<string, string> | undefined {
  const files = new Map<string, string>()
  for (const [file, hash] of isObject(value) ? Object.entries(value) : []) {
    const isGood = isPathInside(file) && file !== RECORD && isText(hash) && hash.startsWith('sha256-')
    if (!isGood) return undefined
    files.set(file, hash)
  }
  return files.size > 0 && files.size <= MAX_FILES ? files : undefined
}

function parseJson(text: string, typed: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw damaged(typed, 'it is not JSON')
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length < 1000
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.length < 1000 && value.every(isText)
}

function noRecord(typed: string): Failure {
  return new Failure('usage', `${typed} has no ${RECORD}: it is not a project of create-nix-jupyter.`, {
    next: ['Go to the directory of the project first.', ...restore(typed)],
  })
}

function damaged(typed: string, why: string): Failure {
  return new Failure('usage', `${path.join(typed, RECORD)} is damaged: ${why}.`, { next: restore(typed) })
}

function restore(typed: string): string[] {
  return ['If git has the file, restore it:', `git -C ${shellQuote(typed)} checkout HEAD -- ${RECORD}`]
}

function newer(version: string, typed: string, { env }: Host): Failure {
  const manager = managerOf(env)
  const { start } = callOf(manager === 'npm' ? 'npx' : manager, version)
  return new Failure('usage', `${typed} was made by create-nix-jupyter ${version}; this is ${PROGRAM_VERSION}.`, {
    next: [`Next: ${start} upgrade ${shellQuote(typed)}`],
  })
}

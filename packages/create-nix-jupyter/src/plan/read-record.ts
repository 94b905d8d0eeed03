import { lstatSync, readFileSync, type Stats } from 'node:fs'
import path from 'node:path'
import { explainSystemError, Failure } from '../base/errors.js'
import type { Host } from '../base/host.js'
import { callOf, managerOf } from '../base/manager.js'
import { projectAround, RECORD } from '../base/own-names.js'
import { shellQuote } from '../base/shell.js'
import { sidesOf, unmergedFiles } from './conflicted.js'
import { hasMarkers } from './lines.js'
import { BadRecord, type Past, parsePast } from './past.js'
import { restoreCommand } from './restore.js'
import { unite } from './unite.js'
import { isNewer } from './versions.js'

const MAX_BYTES = 4 * 1024 * 1024

/**
 * Reads the record of a project; of one that git could not merge, both sides.
 *
 * @throws {Failure} where there is none, it is damaged, or it is of a newer version
 */
export async function readRecord(root: string, typed: string, host: Host): Promise<Past> {
  const file = path.join(root, RECORD)
  const found = lookAt(file, typed)
  if (!found) throw await noRecord(root, typed, host)
  if (!found.isFile() || found.size > MAX_BYTES)
    throw await damaged(root, typed, 'it is not a file of a sensible size', host)
  try {
    const past = await readPast(root, readText(file), host)
    if (isNewer(past.version, PROGRAM_VERSION)) throw otherVersion(past, typed, host)
    // What both sides of a merge have is known to the version that both have.
    if (past.clashes && past.version !== PROGRAM_VERSION) throw otherVersion(past, typed, host)
    return past
  } catch (error) {
    throw error instanceof BadRecord ? await damaged(root, typed, error.message, host) : error
  }
}

async function readPast(root: string, content: Buffer, host: Host): Promise<Past> {
  const text = content.toString()
  if (!hasMarkers(content)) return parsePast(text)
  const { ours, theirs, base } = (await unmergedFiles(root, host)).get(RECORD) ?? sidesOf(text)
  return unite({ ours: parsePast(ours), theirs: parsePast(theirs), base: base ? parsePast(base) : undefined })
}

function lookAt(file: string, typed: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false })
  } catch (error) {
    throw explainSystemError(error, typed)
  }
}

function readText(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch {
    throw new Failure('failed', `${file} could not be read.`, { next: [`Next: ls -l ${shellQuote(file)}`] })
  }
}

async function noRecord(root: string, typed: string, host: Host): Promise<Failure> {
  const around = projectAround(path.dirname(root))
  const command = around ? `cd ${shellQuote(around)}` : await restoreRecord(root, typed, host)
  return new Failure('usage', `${typed} has no ${RECORD}: it is not a project of create-nix-jupyter.`, {
    next: [command ? `Next: ${command}` : 'Next: go to the directory of the project first.'],
  })
}

/**
 * The failure about a record that is not as this program writes it.
 *
 * @returns with the command that restores it, where git has a good one
 */
async function damaged(root: string, typed: string, why: string, host: Host): Promise<Failure> {
  const command = await restoreRecord(root, typed, host)
  return new Failure('usage', `${path.join(typed, RECORD)} is damaged: ${why}.`, {
    next: [command ? `Next: ${command}` : 'Next: restore it from a backup: it says how the project was made.'],
  })
}

/** The command that restores the record from where git has a good one; undefined where it has none. */
export function restoreRecord(root: string, typed: string, host: Host): Promise<string | undefined> {
  return restoreCommand({ root, typed, file: RECORD }, isRecord, host)
}

function isRecord(content: Buffer): boolean {
  try {
    return parsePast(content.toString()) !== undefined
  } catch {
    return false
  }
}

function otherVersion({ version }: Past, typed: string, { env }: Host): Failure {
  const manager = managerOf(env)
  const { start } = callOf(manager === 'npm' ? 'npx' : manager, version)
  return new Failure('usage', `${typed} was made by create-nix-jupyter ${version}; this is ${PROGRAM_VERSION}.`, {
    next: [`Next: ${start} upgrade ${shellQuote(typed)}`],
  })
}

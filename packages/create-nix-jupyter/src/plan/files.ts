import { lstatSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { explainSystemError, Failure } from '../base/errors.js'
import { RECORD } from '../base/own-names.js'
import type { Answers } from '../questions/answers.js'
import type { Decision, Difference } from '../questions/merge.js'
import type { ProjectFile } from '../templates/render.js'

/** A file of the project and what happens at its place. */
export interface PlannedFile extends ProjectFile {
  /** `create`: nothing is there. `same`: it is there already. `keep`: the user's stays. `backup`: the user's is renamed. */
  readonly action: 'create' | 'same' | 'keep' | 'backup'
  /** What is there now, where that differs. */
  readonly existing?: Buffer
  /** The new name of what is there. */
  readonly backup?: string
}

/** The directory that the project goes to, and what the user wants to happen to files in it. */
type Place = Pick<Answers, 'target' | 'onConflict'>

/** A file of the project, with what is at its place and differs. */
export interface ComparedFile extends ProjectFile {
  readonly isThere: boolean
  readonly existing?: Buffer
}

/** What people write for people stays theirs where one rule is for all files; so does their list for git. */
const PERSONAL = /^(readme|licen[cs]e|copying)(\.[a-z]+)?$|^\.gitignore$/i

/**
 * Compares the project with the directory that it goes to.
 *
 * @throws {Failure} where something that is no plain file is at the place of one, or files have come since the user was asked
 */
export function compareFiles({ target, onConflict }: Place, files: readonly ProjectFile[]): ComparedFile[] {
  if (!target.exists) return files.map((file) => ({ ...file, isThere: false }))
  const compared = files.map((file): ComparedFile => {
    const existing = readExisting(target.root, file.path, target.typed)
    const isThere = existing !== undefined
    return existing && !existing.equals(file.content) ? { ...file, isThere, existing } : { ...file, isThere }
  })
  const came = compared.find((file) => file.isThere && (onConflict === 'error' || file.path === RECORD))
  if (came) throw madeMeanwhile(path.join(target.typed, came.path))
  return compared
}

/** The files that differ from what is there. */
export function differences(files: readonly ComparedFile[]): Difference[] {
  return files.flatMap(({ path: file, content, existing }) => (existing ? [{ path: file, content, existing }] : []))
}

/** Settles what happens to each file: by what was said of it, else by one rule for all. */
export function settleFiles(
  { target, onConflict }: Place,
  files: readonly ComparedFile[],
  decisions: ReadonlyMap<string, Decision>,
): PlannedFile[] {
  const rule = (file: string): Decision => (onConflict === 'backup' && !PERSONAL.test(file) ? 'backup' : 'keep')
  return files.map(({ isThere, existing, ...file }): PlannedFile => {
    if (!existing) return { ...file, action: isThere ? 'same' : 'create' }
    const action = decisions.get(file.path) ?? rule(file.path)
    return { ...file, action, existing, ...(action === 'backup' && { backup: backupName(target.root, file.path) }) }
  })
}

/** The content of the plain file at a path; anything but plain files and directories on the way is a conflict. */
function readExisting(root: string, file: string, typed: string): Buffer | undefined {
  const parts = file.split('/')
  for (const index of parts.keys()) {
    const part = parts.slice(0, index + 1).join('/')
    const found = lstatSync(path.join(root, part), { throwIfNoEntry: false })
    if (!found) return undefined
    const isLast = index === parts.length - 1
    if (isLast ? !found.isFile() : !found.isDirectory()) throw notPlain(part, typed, isLast)
  }
  try {
    return readFileSync(path.join(root, file))
  } catch (error) {
    throw explainSystemError(error, file)
  }
}

/** What was not there when the user was asked what should happen, and is there now: another run's, or somebody's. */
export function madeMeanwhile(what: string): Failure {
  return new Failure('conflict', `Something else created ${what} in the meantime.`, {
    next: ['Next: look at what is there, then run the command again.'],
  })
}

function notPlain(part: string, typed: string, isLast: boolean): Failure {
  const wanted = isLast ? 'a regular file' : 'a directory'
  return new Failure('conflict', `${path.join(typed, part)} exists and is not ${wanted}.`, {
    next: ['Next: move it away, or choose another directory.'],
  })
}

function backupName(root: string, file: string): string {
  for (let number = 1; ; number++) {
    const name = `${file}.backup${number > 1 ? `-${number}` : ''}`
    if (!lstatSync(path.join(root, name), { throwIfNoEntry: false })) return name
  }
}

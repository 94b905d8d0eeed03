import { lstatSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { explainSystemError, Failure } from '../base/errors.js'
import type { Target } from '../questions/target.js'
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

/** Says what happens to a file that is there and differs. */
export type Decide = (file: ProjectFile, existing: Buffer) => Promise<'keep' | 'backup'>

/** What people write for people stays theirs where one rule is for all files; so does their list for git. */
export const PERSONAL = /^(readme|licen[cs]e|copying)(\.[a-z]+)?$|^\.gitignore$/i

/** Compares the project with the folder that it goes to. */
export async function planFiles(target: Target, files: readonly ProjectFile[], decide: Decide): Promise<PlannedFile[]> {
  if (!target.exists) return files.map((file) => ({ ...file, action: 'create' }))
  const planned: PlannedFile[] = []
  for (const file of files) planned.push(await planFile(target, file, decide))
  return planned
}

async function planFile({ root, typed }: Target, file: ProjectFile, decide: Decide): Promise<PlannedFile> {
  const existing = readExisting(root, file.path, typed)
  if (existing === undefined) return { ...file, action: 'create' }
  if (existing.equals(file.content)) return { ...file, action: 'same' }
  const action = await decide(file, existing)
  return { ...file, action, existing, ...(action === 'backup' && { backup: backupName(root, file.path) }) }
}

/** The content of the plain file at a path; anything but plain files and folders on the way is a conflict. */
function readExisting(root: string, file: string, typed: string): Buffer | undefined {
  const parts = file.split('/')
  for (const index of parts.keys()) {
    const part = parts.slice(0, index + 1).join('/')
    const found = lstatSync(path.join(root, part), { throwIfNoEntry: false })
    if (!found) return undefined
    const isLast = index === parts.length - 1
    if (isLast ? !found.isFile() : !found.isDirectory()) throw inTheWay(part, typed, isLast)
  }
  try {
    return readFileSync(path.join(root, file))
  } catch (error) {
    throw explainSystemError(error, file)
  }
}

/** What was not there when the user was asked what should happen, and is there now: another run's, or somebody's. */
export function madeMeanwhile(what: string): Failure {
  return new Failure('conflict', `Something else made ${what} meanwhile.`, {
    next: ['Look at what is there, then run the command again.'],
  })
}

function inTheWay(part: string, typed: string, isLast: boolean): Failure {
  const wanted = isLast ? 'a plain file' : 'a folder'
  return new Failure('conflict', `${path.join(typed, part)} is there and is not ${wanted}.`, {
    next: ['Move it away, or choose another folder.'],
  })
}

function backupName(root: string, file: string): string {
  for (let number = 1; ; number++) {
    const name = `${file}.backup${number > 1 ? `-${number}` : ''}`
    if (!lstatSync(path.join(root, name), { throwIfNoEntry: false })) return name
  }
}

import type { Host } from '../base/host.js'
import { runGit } from '../base/run-git.js'

/** A file that git could not merge: what each side has, and what both had begun with, where that is known. */
export interface ThreeTexts {
  readonly ours: string
  readonly theirs: string
  readonly base: string | undefined
}

/**
 * The sides of files that git could not merge and that are not resolved yet, as git's index keeps them.
 *
 * @returns by path, relative to the project; nothing where there is no git, and nothing of a file that one side has removed
 */
export async function unmergedFiles(root: string, host: Host): Promise<Map<string, ThreeTexts>> {
  const files = new Map<string, ThreeTexts>()
  for (const [file, ids] of await unmergedStages(root, host)) {
    const [base, ours, theirs] = await Promise.all(['1', '2', '3'].map((stage) => readBlob(root, ids.get(stage), host)))
    if (ours !== undefined && theirs !== undefined) files.set(file, { ours, theirs, base })
  }
  return files
}

/** What git's index holds of the files that it could not merge: by path, relative to the project, the object of each stage. */
export async function unmergedStages(root: string, host: Host): Promise<Map<string, Map<string, string>>> {
  const listed = await runGit(root, ['ls-files', '--unmerged', '-z', '--', '.'], { host })
  const stages = new Map<string, Map<string, string>>()
  for (const [, id = '', stage = '', file = ''] of listed.bytes
    .toString()
    .matchAll(/\d+ ([0-9a-f]+) ([123])\t([^\0]+)\0/g))
    stages.set(file, new Map(stages.get(file)).set(stage, id))
  return stages
}

async function readBlob(root: string, id: string | undefined, host: Host): Promise<string | undefined> {
  if (id === undefined) return undefined
  const read = await runGit(root, ['cat-file', 'blob', id], { host })
  return read.ok ? read.bytes.toString() : undefined
}

/** The sides of a text with conflict markers in it, which git has merged where it could. */
export function sidesOf(text: string): ThreeTexts {
  const sides = { ours: [] as string[], base: [] as string[], theirs: [] as string[] }
  let at: keyof typeof sides | undefined
  for (const line of text.split(/(?<=\n)/)) {
    if (/^<{7}( |\r?$)/m.test(line)) at = 'ours'
    else if (at && /^\|{7}( |\r?$)/m.test(line)) at = 'base'
    else if (at && /^={7}\r?$/m.test(line)) at = 'theirs'
    else if (at && /^>{7}( |\r?$)/m.test(line)) at = undefined
    else for (const side of at ? [at] : (['ours', 'base', 'theirs'] as const)) sides[side].push(line)
  }
  const hasBase = /^\|{7}( |\r?$)/m.test(text)
  return { ours: sides.ours.join(''), theirs: sides.theirs.join(''), base: hasBase ? sides.base.join('') : undefined }
}

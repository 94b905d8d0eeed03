import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Failure } from '../base/errors.js'
import type { Host } from '../base/host.js'
import { runGit } from '../base/run-git.js'
import { temporaryDirectory } from '../base/temporary.js'
import { type Change, isNotebook, type Merge } from './change.js'
import { hasMarkers, withUnixLines } from './lines.js'
import { mergeBeside } from './merge-beside.js'
import { mergeLists } from './merge-lists.js'
import type { Present } from './present.js'

/** How the three sides are called in conflict markers. */
export interface Labels {
  readonly base: string
  readonly theirs: string
}

/** How the side of the user is called, and how that of this program begins. */
const OURS = 'yours'

/**
 * Refuses files that a change has left with conflict markers. It is not finished, but of that nothing is known here: the project is a copy.
 *
 * @throws {Failure} which names them
 */
export function refuseLeftMarkers(files: readonly { readonly path: string; readonly present: Present }[]): void {
  const isMarked = (present: Present) => {
    const text = present && 'file' in present ? present.file.content.toString('latin1') : ''
    return new RegExp(`^<{7} ${OURS}\\r?$`, 'm').test(text) && /^>{7} new in /m.test(text)
  }
  const marked = files.filter(({ present }) => isMarked(present)).map(({ path: file }) => file)
  if (marked.length === 0) return
  throw new Failure(
    'conflict',
    `Conflict markers (<<<<<<<) of an unfinished change are left in: ${marked.join(', ')}`,
    {
      next: ['Next: leave in them what you want, without the markers. Then run the command again.'],
    },
  )
}

/**
 * Merges the lines of files that both have changed, with git. Of a notebook that is none afterwards, the user's stays.
 *
 * @param bases what both began with, by path; what is not there is taken as empty
 * @throws {Failure} where there is no git, or it cannot merge
 */
export async function mergeAll(
  merges: readonly Merge[],
  bases: ReadonlyMap<string, Buffer>,
  labels: Labels,
  host: Host,
): Promise<Change[]> {
  if (merges.length === 0) return []
  const directory = temporaryDirectory('merge')
  try {
    const changes: Change[] = []
    for (const merge of merges) changes.push(await mergeOne(merge, bases.get(merge.path), labels, directory, host))
    return changes
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function mergeOne(
  { path: file, ours, theirs, after }: Merge,
  base: Buffer | undefined,
  labels: Labels,
  directory: string,
  host: Host,
): Promise<Change> {
  const mine = withUnixLines(ours.content)
  const lists = base && mergeLists(file, base.toString(), mine.toString(), theirs.content.toString())
  const sides = { ours: mine, base: lists?.base ?? '', theirs: lists?.theirs ?? theirs.content }
  for (const [name, content] of Object.entries(sides)) writeFileSync(path.join(directory, name), content)
  const names = ['-L', OURS, '-L', base ? labels.base : 'nothing', '-L', labels.theirs]
  const ran = await runGit(directory, ['merge-file', '-p', '-q', '--diff3', ...names, 'ours', 'base', 'theirs'], {
    host,
  })
  if (isNotebook(file) && !(base && ran.ok && isWhole(ran.bytes.toString()))) {
    return { path: file, action: 'kept', before: ours, why: 'you changed it, and the new one does not fit into it' }
  }
  if (ran.missing) throw noGit(file)
  // A conflict is an exit code, too, but says nothing.
  if (!ran.ok && (ran.error || ran.stopped)) throw new Failure('failed', `git could not merge ${file}: ${ran.error}`)
  const text = lists ? lists.finish(ran.bytes.toString()) : ran.bytes
  const merged = ran.ok ? Buffer.from(text) : Buffer.from(mergeBeside(file, text.toString(), mine.at(-1) === 10))
  const action = ran.ok || !hasMarkers(merged) ? 'merged' : 'conflict'
  return { path: file, action, before: ours, after: after(merged) }
}

/** Whether merged lines are one value of JSON, written as Jupyter writes it: no name comes twice in an object. */
function isWhole(text: string): boolean {
  try {
    return `${JSON.stringify(JSON.parse(text), null, 1)}\n` === text
  } catch {
    return false
  }
}

function noGit(file: string): Failure {
  return new Failure('failed', `${file} was changed by you and by this version, and merging them needs git.`, {
    next: ['Next: install git, then run the command again. Nothing was changed.'],
  })
}

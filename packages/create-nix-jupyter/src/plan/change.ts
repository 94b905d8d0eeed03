import { hashOf } from '../base/hash.js'
import type { ProjectFile } from '../templates/render.js'
import { hasWindowsLines, isText, toWindowsLines, withUnixLines } from './lines.js'
import type { FileState, Present } from './present.js'

/** What happens to a file of a project. */
export interface Change {
  readonly path: string
  readonly action:
    | 'added'
    | 'updated'
    | 'merged'
    | 'conflict'
    | 'removed'
    /** The user's stays, although there is a new one, or none any more. */
    | 'kept'
    /** The user has deleted it, and it is not made again. */
    | 'deleted'
  readonly before?: FileState | undefined
  /** What is written; absent where nothing is. */
  readonly after?: FileState | undefined
  /** Why the user's stays. */
  readonly why?: string
}

/** Whether a change writes or removes a file. */
export function isWritten({ action }: Change): boolean {
  return action !== 'kept' && action !== 'deleted'
}

/** A file that both have changed, whose lines have to be merged. */
export interface Merge {
  readonly path: string
  readonly ours: FileState
  readonly theirs: ProjectFile
  /** The hash of what both began with; undefined where there was no such file. */
  readonly recorded: string | undefined
}

/** A file: how it was made, what it shall be, and what is there. */
export interface Sides {
  readonly path: string
  readonly recorded: string | undefined
  readonly theirs: ProjectFile | undefined
  readonly present: Present
}

const LOCKS = /(^|\/)(flake\.lock|uv\.lock|requirements\.txt)$/
const NOTEBOOK = /\.ipynb$/

/** What a rule comes to: a change, lines to be merged, something that is no file and is in the place of one, or nothing. */
export type Decision = { change: Change } | { merge: Merge } | { obstacle: string } | undefined

/** The rule for one file. */
export function decide({ path, recorded, theirs, present }: Sides): Decision {
  if (!theirs) return decideGone(path, recorded, present)
  if (hashOf(theirs.content) === recorded) return undefined
  if (!present) {
    const after = { content: theirs.content, mode: theirs.executable ? 0o777 : 0o666 }
    return { change: recorded ? { path, action: 'deleted' } : { path, action: 'added', after } }
  }
  if ('obstacle' in present) return present
  const before = present.file
  const after = updated(before, theirs)
  if (isMadeAs(recorded, before.content)) return { change: { path, action: 'updated', before, after } }
  if (withUnixLines(before.content).equals(theirs.content)) return undefined
  const why = whyKept(path, before.content, theirs.content)
  if (why) return { change: { path, action: 'kept', before, why } }
  return { merge: { path, ours: before, theirs, recorded } }
}

function decideGone(path: string, recorded: string | undefined, present: Present): Decision {
  if (!present || recorded === undefined) return undefined
  if ('obstacle' in present) return present
  const before = present.file
  if (isMadeAs(recorded, before.content)) return { change: { path, action: 'removed', before } }
  return { change: { path, action: 'kept', before, why: 'you changed it, and it is no longer part of the template' } }
}

/** Whether the content is still what was recorded, be it with other ends of lines. */
function isMadeAs(recorded: string | undefined, content: Buffer): boolean {
  return recorded !== undefined && (hashOf(content) === recorded || hashOf(withUnixLines(content)) === recorded)
}

function whyKept(path: string, ours: Buffer, theirs: Buffer): string | undefined {
  if (NOTEBOOK.test(path)) return 'you changed it, and notebooks are not merged'
  if (LOCKS.test(path)) return 'you changed it, and lock files are not merged'
  return isText(ours) && isText(theirs) ? undefined : 'you changed it, and it is not text'
}

/** The new content over a file of the user's, with the ends of lines and the permissions that it has. */
export function updated(
  before: FileState,
  { content, executable }: Pick<ProjectFile, 'content' | 'executable'>,
): FileState {
  const isWindows = hasWindowsLines(before.content) && !hasWindowsLines(content)
  // Whoever may read it may run it. What the user has made executable stays so.
  const mode = executable ? before.mode | ((before.mode & 0o444) >> 2) : before.mode
  return { content: isWindows ? toWindowsLines(content) : content, mode }
}

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
  readonly after: (content: Buffer) => FileState
  readonly theirs: ProjectFile
  /** The hash of what both began with; undefined where there was no such file. */
  readonly recorded: string | undefined
}

/** A file: how it was made, what it shall be, and what is there. */
export interface Sides {
  readonly path: string
  /** Its hash, or one for each side of a record that git could not merge; none where there was no such file. */
  readonly recorded: readonly string[]
  /** Whether it was made executable; undefined where that is not known. */
  readonly wasExecutable: boolean | undefined
  readonly theirs: ProjectFile | undefined
  readonly present: Present
  /** Whether git could not merge it, and neither side has changed it. */
  readonly isAsMade: boolean
  /** Whether the project cannot work without it, and it is this program's: it is made again where it is gone. */
  readonly isMachinery: boolean
}

const LOCKS = /(^|\/)(flake\.lock|uv\.lock|requirements\.txt)$/

/** Whether a file is a notebook, in which no conflict can be shown: it could no longer be opened. */
export function isNotebook(path: string): boolean {
  return path.endsWith('.ipynb')
}

/** Whether a file has no conflict markers, whatever is in it: its own tools bring it up to date. */
export function isNeverMarked(path: string): boolean {
  return LOCKS.test(path) || isNotebook(path)
}

/** What a rule comes to: a change, lines to be merged, something that is no file and is in the place of one, or nothing. */
export type Decision = { change: Change } | { merge: Merge } | { obstacle: string } | undefined

/** The rule for one file. */
export function decide(sides: Sides): Decision {
  const { path, recorded, theirs, present, wasExecutable } = sides
  if (!theirs) return decideGone(sides)
  const isRecorded = recorded.includes(hashOf(theirs.content))
  if (!present) {
    const after = { content: theirs.content, mode: theirs.executable ? 0o777 : 0o666 }
    if (sides.isMachinery) return { change: { path, action: 'added', after } }
    if (isRecorded) return undefined
    return { change: recorded.length > 0 ? { path, action: 'deleted' } : { path, action: 'added', after } }
  }
  // What the user has put in the place of a file that does not change is theirs; in the place of the machinery, nothing works.
  if (isRecorded && recorded.length === 1 && !(sides.isMachinery && 'obstacle' in present)) return decideMode(sides)
  if ('obstacle' in present) return present
  const before = present.file
  const after = (content: Buffer) => updated(before, { content, executable: theirs.executable }, wasExecutable)
  if (withUnixLines(before.content).equals(theirs.content)) return decideMode(sides)
  if (isAsMade(sides, before.content))
    return { change: { path, action: 'updated', before, after: after(theirs.content) } }
  // Git has merged what the sides had, and what the user has written.
  if (recorded.length > 1) return undefined
  const why = whyKept(path, before.content, theirs.content)
  if (why) return { change: { path, action: 'kept', before, why } }
  return { merge: { path, ours: before, after, theirs, recorded: recorded[0] } }
}

function decideGone(sides: Sides): Decision {
  const { path, recorded, present } = sides
  if (!present || recorded.length === 0) return undefined
  if ('obstacle' in present) return present
  const before = present.file
  if (isAsMade(sides, before.content)) return { change: { path, action: 'removed', before } }
  return { change: { path, action: 'kept', before, why: 'you changed it, and it is no longer part of the template' } }
}

/** The content is the same, but the file becomes a program, or is none any more. */
function decideMode({ path, theirs, present, wasExecutable }: Sides): Decision {
  if (!theirs || !present || 'obstacle' in present || wasExecutable === undefined) return undefined
  const before = present.file
  const after = { ...before, mode: modeAfter(before.mode, theirs.executable, wasExecutable) }
  if (after.mode === before.mode) return undefined
  const why = theirs.executable ? 'it can be run now' : 'it can no longer be run'
  return { change: { path, action: 'updated', before, after, why } }
}

/** Whether the content is still what was recorded, be it with other ends of lines. */
function isAsMade({ recorded, isAsMade: isKnown }: Sides, content: Buffer): boolean {
  return isKnown || isOneOf(recorded, content)
}

/** Whether a content has one of these hashes, be it with other ends of lines. */
export function isOneOf(hashes: readonly string[], content: Buffer): boolean {
  return hashes.includes(hashOf(content)) || hashes.includes(hashOf(withUnixLines(content)))
}

function whyKept(path: string, ours: Buffer, theirs: Buffer): string | undefined {
  if (LOCKS.test(path)) return 'you changed it, and lock files are not merged'
  return isText(ours) && isText(theirs) ? undefined : 'you changed it, and it is not text'
}

/** The new content over a file of the user's, with the ends of lines and the permissions that it has. */
export function updated(
  before: FileState,
  { content, executable }: Pick<ProjectFile, 'content' | 'executable'>,
  wasExecutable: boolean | undefined,
): FileState {
  const isWindows = hasWindowsLines(before.content) && !hasWindowsLines(content)
  return {
    content: isWindows ? toWindowsLines(content) : content,
    mode: modeAfter(before.mode, executable, wasExecutable),
  }
}

/** What both have said of the executable bit: where this program has not changed its mind, the user's counts. */
function modeAfter(mode: number, executable: boolean, wasExecutable: boolean | undefined): number {
  if (executable === wasExecutable) return mode
  // Whoever may read it may run it. What the user has made executable stays so, unless it was this program.
  if (executable) return mode | ((mode & 0o444) >> 2)
  return wasExecutable ? mode & ~0o111 : mode
}

import { getRows, wrapTextWithPrefix } from '@clack/core'

// A question is drawn over itself at each key. What does not fit into the window cannot be drawn over, and would be there once
// more each time; so a frame never has more lines than the window.

/** One thing that a frame shows: what stands before it, and how its text is painted. */
export interface Row {
  readonly mark: string
  /** As wide as the mark: what stands before its further lines. */
  readonly under: string
  readonly text: string
  readonly paint?: (text: string) => string
  /** Which end must be seen where there is no room for all. */
  readonly keep?: 'start' | 'end'
}

/** A question as it is drawn: its message, the choices or what is typed, and a line for help or for an error. */
export interface Frame {
  readonly head: Row
  readonly body: readonly Row[]
  /** The number of the row in the body that must be seen. */
  readonly focus: number
  readonly foot: Row
}

/** A window: its size is read when something is drawn. */
export type Window = NodeJS.WriteStream

export const BAR = '│  '

/** A row in as many lines as it takes. */
export function linesOf({ mark, under, text, paint }: Row, window: Window): string[] {
  return wrapTextWithPrefix(window, text, under, mark, under, paint).split('\n')
}

/** The frame, in no more lines than the window has: rows are cut to one line and choices left out where they must be. */
export function drawn(frame: Frame, window: Window): string {
  const { head, body, focus, foot } = frame
  const whole = [head, ...body, foot].flatMap((row) => linesOf(row, window))
  const rows = Math.max(1, getRows(window))
  if (whole.length <= rows) return whole.join('\n')
  const above = rows > 1 ? [oneLine(head, window)] : []
  const below = rows > 2 ? [oneLine(foot, window)] : []
  const room = rows - above.length - below.length
  const first = Math.max(0, Math.min(focus - Math.floor(room / 2), body.length - room))
  const seen = body.slice(first, first + room).map((row) => oneLine(row, window))
  return [...above, ...seen, ...below].join('\n')
}

function oneLine(row: Row, window: Window): string {
  const { mark, under, text, keep, paint = (same: string) => same } = row
  const lines = wrapTextWithPrefix(window, text, under, '', '').split('\n')
  if (lines.length === 1) return linesOf(row, window).join('')
  if (keep === 'end') return mark + paint(lines.at(-1) ?? '')
  return `${mark}${paint((lines[0] ?? '').trimEnd().slice(0, -1))}…`
}

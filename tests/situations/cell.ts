import type { Ended } from '../support/launch.ts'
import { plain } from '../support/plain.ts'
import type { Verdict } from './judge.ts'
/** A cell of the table: what happened, and what that counts as. */
export type Cell = {
  text: string
  /** exit code 0 without the whole project, or with a lost file of the user */
  falseSuccess?: boolean
  hangs?: boolean
  /** part of a project was left */
  half?: boolean
  /** a file of the user is gone */
  lost?: boolean
  /** something hostile lies on the disk */
  letIn?: boolean
  /** a stack trace was shown */
  trace?: boolean
  /** of a single run */
  evidence?: Evidence[]
  /** one by one, where there were many */
  runs?: string[]
}

export type Evidence = { exit: string; verdict?: Verdict; tail?: string }

export type Outcome = Pick<Ended, 'code' | 'signal' | 'hangs' | 'output'>

/** What the program has no way to be asked for. */
export const NONE: Cell = { text: 'has none' }

export function notRun(reason: string): Cell {
  return { text: `not run: ${reason}` }
}

/** The exit code, the signal, or that it had to be ended. */
export function exitOf({ code, signal, hangs }: Outcome) {
  return hangs ? 'hangs' : String(code ?? signal)
}

/**
 * A success that is none. To lose files after typing or choosing a word that says so, is what was asked for.
 * @param words what was typed or chosen
 */
export function isFalseSuccess({ code }: Outcome, { state, lost }: Verdict, words: string[] = []) {
  const isAskedFor = /remov|overwrit|clear|delet/i.test(words.join(' '))
  return code === 0 && (state !== 'whole' || (lost.length > 0 && !isAskedFor))
}

export function cellOf(
  outcome: Outcome,
  verdict: Verdict,
  { words = [], notes = [] }: { words?: string[]; notes?: string[] } = {},
): Cell {
  const exit = exitOf(outcome)
  const falseSuccess = isFalseSuccess(outcome, verdict, words)
  return {
    text: mark([exit, inWords(verdict), ...notes].join(', '), falseSuccess),
    falseSuccess,
    hangs: outcome.hangs,
    half: verdict.state === 'half',
    lost: verdict.lost.length > 0,
    trace: showsTrace(outcome.output),
    evidence: [{ exit, verdict, tail: tailOf(outcome.output) }],
  }
}

export function inWords({ state, have, of, elsewhere, left, lost, moved }: Verdict) {
  const words = [state !== 'half' ? state : of > 0 ? `half (${have} of ${of} files)` : 'some files']
  if (elsewhere)
    words[0] += ` in ${code(elsewhere)}${elsewhere === elsewhere.normalize() ? '' : ', in decomposed letters'}`
  if (left.length > 0) words.push(`left ${left.map(named).join(' ')}`)
  if (moved.length > 0) words.push(`renamed ${list(moved)}`)
  if (lost.length > 0) words.push(`lost ${list(lost)}`)
  return words.join(', ')
}

function showsTrace(output: string) {
  return /^\W*at .*:\d+:\d+/m.test(plain(output))
}

export function mark(text: string, isFalse: boolean) {
  return isFalse ? `**${text}**` : text
}

/** Random parts of names would make every page different. */
function named(path: string) {
  const name = path.replace(/^here\//, '')
  return code(/^\.create-nix-jupyter-/.test(name) ? '.create-nix-jupyter-…' : name)
}

function list(paths: string[]) {
  const files = paths.filter((path) => path !== '.git')
  const words = files.length > 3 ? [`${files.length} files`] : files.map(code)
  return [...words, ...(files.length < paths.length ? ['`.git`'] : [])].join(' ')
}

export function code(text: string) {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``
}

/** The end of what was said, without colours and without the names of temporary directories. */
function tailOf(output: string) {
  return plain(output)
    .replace(/\/\S*nix-jupyter-failures-[\w-]+/g, '…')
    .replace(/(\.create-nix-jupyter-)[\w-]+/g, '$1…')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .slice(-6)
    .join('\n')
    .slice(-600)
}

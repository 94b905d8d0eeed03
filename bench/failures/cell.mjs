/**
 * @typedef {import('./judge.mjs').Verdict} Verdict
 *
 * A cell of the table: what happened, and what that counts as.
 * @typedef {object} Cell
 * @property {string} text
 * @property {boolean} [falseSuccess] exit code 0 without the whole project, or with a lost file of the user
 * @property {boolean} [hangs]
 * @property {boolean} [half] part of a project was left
 * @property {boolean} [lost] a file of the user is gone
 * @property {boolean} [letIn] something hostile lies on the disk
 * @property {boolean} [trace] a stack trace was shown
 * @property {Evidence[]} [evidence] of a single run
 * @property {string[]} [runs] one by one, where there were many
 *
 * @typedef {{ exit: string, verdict?: Verdict, tail?: string }} Evidence
 * @typedef {Pick<import('./launch.mjs').Ended, 'code' | 'signal' | 'hangs' | 'output'>} Outcome
 */

/** What the program has no way to be asked for. @type {Cell} */
export const NONE = { text: 'has none' }

/** @param {string} reason @returns {Cell} */
export function notRun(reason) {
  return { text: `not run: ${reason}` }
}

/** The exit code, the signal, or that it had to be ended. @param {Outcome} outcome */
export function exitOf({ code, signal, hangs }) {
  return hangs ? 'hangs' : String(code ?? signal)
}

/**
 * A success that is none. To lose files after typing or choosing a word that says so, is what was asked for.
 * @param {Outcome} outcome
 * @param {Verdict} verdict
 * @param {string[]} [words] what was typed or chosen
 */
export function isFalseSuccess({ code }, { state, lost }, words = []) {
  const isAskedFor = /remov|overwrit|clear|delet/i.test(words.join(' '))
  return code === 0 && (state !== 'whole' || (lost.length > 0 && !isAskedFor))
}

/**
 * @param {Outcome} outcome
 * @param {Verdict} verdict
 * @param {{ words?: string[], notes?: string[] }} [more]
 * @returns {Cell}
 */
export function cellOf(outcome, verdict, { words = [], notes = [] } = {}) {
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

/** @param {Verdict} verdict */
export function inWords({ state, have, of, elsewhere, left, lost, moved }) {
  const words = [state !== 'half' ? state : of > 0 ? `half (${have} of ${of} files)` : 'some files']
  if (elsewhere)
    words[0] += ` in ${code(elsewhere)}${elsewhere === elsewhere.normalize() ? '' : ', in decomposed letters'}`
  if (left.length > 0) words.push(`left ${left.map(named).join(' ')}`)
  if (moved.length > 0) words.push(`renamed ${list(moved)}`)
  if (lost.length > 0) words.push(`lost ${list(lost)}`)
  return words.join(', ')
}

/** @param {string} output */
export function showsTrace(output) {
  return /^\W*at .*:\d+:\d+/m.test(plain(output))
}

/** @param {string} text @param {boolean} isFalse */
export function mark(text, isFalse) {
  return isFalse ? `**${text}**` : text
}

/** Random parts of names would make every page different. @param {string} path */
function named(path) {
  const name = path.replace(/^here\//, '')
  return code(/^\.create-nix-jupyter-/.test(name) ? '.create-nix-jupyter-…' : name)
}

/** @param {string[]} paths */
function list(paths) {
  const files = paths.filter((path) => path !== '.git')
  const words = files.length > 3 ? [`${files.length} files`] : files.map(code)
  return [...words, ...(files.length < paths.length ? ['`.git`'] : [])].join(' ')
}

/** @param {string} text */
export function code(text) {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``
}

/** The end of what was said, without colours and without the names of temporary folders. @param {string} output */
function tailOf(output) {
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

/** @param {string} output */
export function plain(output) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
  return output.replace(/\u001b\[[0-9;?]*[A-Za-z]|\u001b\][^\u0007]*\u0007|\r/g, '')
}

/**
 * @typedef {import('./rounds.mjs').Series} Series
 */

/** What stands where nothing was measured. */
export const NOT_RUN = 'not run'

/** `176 (166–181) ms`: the median, and the quartiles. @param {Series | undefined} value */
export function time(value) {
  if (!value) return NOT_RUN
  const [unit, digits, divisor] = Math.abs(value.median) >= 1000 ? ['s', 2, 1000] : ['ms', 0, 1]
  return spread(value, (number) => (number / Number(divisor)).toFixed(Number(digits)), ` ${unit}`)
}

/** `1.08 (1.02–1.11) ×`. @param {Series | undefined} value */
export function times(value) {
  return value ? spread(value, (number) => number.toFixed(2), ' ×') : NOT_RUN
}

/**
 * @param {Series} value
 * @param {(number: number) => string} write
 * @param {string} unit
 */
function spread({ median, low, high, runs }, write, unit) {
  if (runs === 1) return minus(write(median)) + unit
  return `${minus(write(median))} (${minus(write(low))}–${minus(write(high))})${unit}`
}

/** With the sign that typographers use. @param {string} text */
function minus(text) {
  return text.replace(/^-/, '−')
}

/** `12.4 MB`. @param {number | undefined} bytes */
export function size(bytes) {
  if (bytes === undefined) return NOT_RUN
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(bytes >= 1e8 ? 0 : 1)} MB` : `${Math.round(bytes / 1000)} kB`
}

/**
 * A table of Markdown; the first column is text, all others are numbers.
 * @param {string[]} head
 * @param {string[][]} rows
 */
export function table(head, rows) {
  const line = head.map((_, column) => (column === 0 ? '---' : '---:'))
  return [head, line, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

import type { Series } from './rounds.ts'
/** What stands where nothing was measured. */
export const NOT_RUN = 'not run'

/** `176 (166–181) ms`: the median, and the quartiles. */
export function time(value: Series | undefined) {
  if (!value) return NOT_RUN
  const [unit, digits, divisor] = Math.abs(value.median) >= 1000 ? ['s', 2, 1000] : ['ms', 0, 1]
  return spread(value, (number) => (number / Number(divisor)).toFixed(Number(digits)), ` ${unit}`)
}

/** `1.08 (1.02–1.11) ×`. */
export function times(value: Series | undefined) {
  return value ? spread(value, (number) => number.toFixed(2), ' ×') : NOT_RUN
}

function spread({ median, low, high, runs }: Series, write: (number: number) => string, unit: string) {
  if (runs === 1) return minus(write(median)) + unit
  return `${minus(write(median))} (${minus(write(low))}–${minus(write(high))})${unit}`
}

/** With the sign that typographers use. */
function minus(text: string) {
  return text.replace(/^-/, '−')
}

/** `12.4 MB`. */
export function size(bytes: number | undefined) {
  if (bytes === undefined) return NOT_RUN
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(bytes >= 1e8 ? 0 : 1)} MB` : `${Math.round(bytes / 1000)} kB`
}

/** A table of Markdown; the first column is text, all others are numbers unless `others` says how they stand. */
export function table(head: string[], rows: string[][], others = '---:') {
  const line = head.map((_, column) => (column === 0 ? '---' : others))
  const escaped = rows.map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')))
  return [head, line, ...escaped].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

const CONTEXT = 3
const MAX_CELLS = 4_000_000

/** A line of a difference: in both, only in the old text, or only in the new one. */
interface Line {
  readonly sign: ' ' | '-' | '+'
  readonly text: string
}

/** What differs between two texts, as `diff -u` shows it, without the head. */
export function diffOf(before: Buffer, after: Buffer): string {
  if (before.includes(0) || after.includes(0)) return 'These files are not text.'
  const lines = compare(linesOf(before), linesOf(after))
  if (!lines) return 'These files are too long to be compared here.'
  const isNear = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ sign }) => sign !== ' '),
  )
  return lines
    .flatMap(({ sign, text }, index) => (isNear[index] ? [sign + text] : isNear[index - 1] ? ['…'] : []))
    .join('\n')
    .replace(/\n…$/, '')
}

function linesOf(content: Buffer): string[] {
  // A diff is shown on a terminal: what is in a file must not be able to command it.
  return content
    .toString('utf8')
    .replace(/\p{Cc}/gu, (character) => (character === '\n' ? '\n' : character === '\t' ? '  ' : '�'))
    .replace(/\n$/, '')
    .split('\n')
}

/** The longest common subsequence; the ends that are the same need no table. */
function compare(before: readonly string[], after: readonly string[]): Line[] | undefined {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start++
  let end = 0
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end++
  const [a, b] = [before.slice(start, before.length - end), after.slice(start, after.length - end)]
  if (a.length * b.length > MAX_CELLS) return undefined
  const same = (text: string): Line => ({ sign: ' ', text })
  return [...before.slice(0, start).map(same), ...middle(a, b), ...before.slice(before.length - end).map(same)]
}

function middle(a: readonly string[], b: readonly string[]): Line[] {
  const width = b.length + 1
  const lengths = new Uint32Array((a.length + 1) * width)
  const at = (row: number, column: number) => lengths[row * width + column] ?? 0
  for (let row = a.length - 1; row >= 0; row--) {
    for (let column = b.length - 1; column >= 0; column--) {
      lengths[row * width + column] =
        a[row] === b[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1))
    }
  }
  const lines: Line[] = []
  let [row, column] = [0, 0]
  while (row < a.length || column < b.length) {
    const [old, fresh] = [a[row], b[column]]
    if (old !== undefined && old === fresh) {
      lines.push({ sign: ' ', text: old })
      row++
      column++
    } else if (old !== undefined && (fresh === undefined || at(row + 1, column) >= at(row, column + 1))) {
      lines.push({ sign: '-', text: old })
      row++
    } else {
      lines.push({ sign: '+', text: fresh ?? '' })
      column++
    }
  }
  return lines
}

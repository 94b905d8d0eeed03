/**
 * The commands of a line for a shell, each as its words. Quotes are taken away, and so is where output goes; what is behind a `#` is
 * a comment. `numpy>=1.20` is one word, as whoever wrote it without quotes meant it.
 */
export function commandsOf(line: string): string[][] {
  const commands: string[][] = [[]]
  const joined = line.replace(/\s*(===|[=<>!~]=)\s*/g, '$1')
  for (const [piece] of joined.matchAll(PIECE)) {
    if (/^#/.test(piece)) break
    if (/^(?:&&?|\|\|?|;)$/.test(piece)) commands.push([])
    else if (!OUTPUT.test(piece)) commands.at(-1)?.push(unquoted(piece))
  }
  return commands.filter((words) => words.length > 0)
}

/** Where output goes, with the name of its file. */
const OUTPUT = /^(?:\d|&)?>/

/** A place for output, an operator, a comment, or a word, of which parts may be in quotes. */
const PIECE = /(?:\d|&)?>>?(?:&\d|\s*[^\s&|;]+)|&&?|\|\|?|;|#.*$|(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\;&|])+/gs

function unquoted(word: string): string {
  const parts = word.match(/"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^"'\\]+/gs) ?? []
  return parts
    .map((part) => (/^["']/.test(part) ? part.slice(1, -1) : part.replace(/^\\/, '')))
    .map((part, index) => (parts[index]?.startsWith('"') ? part.replace(/\\(["\\$`])/g, '$1') : part))
    .join('')
}

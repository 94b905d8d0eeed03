/**
 * @typedef {import('./cell.mjs').Cell} Cell
 * @typedef {{ id: string, title: string, cells: { [program: string]: Cell } }} Row
 *
 * @typedef {object} Results
 * @property {string} date
 * @property {ReturnType<typeof import('../lib/machine.mjs').describeMachine>} machine
 * @property {string} node
 * @property {number} minutes
 * @property {{ name: string, version: string }[]} programs
 * @property {{ id: string, title: string, intro: string, rows: Row[] }[]} themes
 */

/** What is counted, by what a cell says of itself. @type {[title: string, key: keyof Cell][]} */
const COUNTED = [
  ['**false success**', 'falseSuccess'],
  ['half a project left', 'half'],
  ['files of the user lost, asked for or not', 'lost'],
  ['hangs', 'hangs'],
  ['shows a stack trace', 'trace'],
  ['lets something hostile in', 'letIn'],
]

/**
 * docs/failures.md.
 * @param {Results} results
 */
export function renderPage(results) {
  const { programs, themes } = results
  const head = programs.map(({ name }) => name)
  const cellsOf = (/** @type {string} */ name) =>
    themes.flatMap(({ rows }) => rows.flatMap((row) => row.cells[name] ?? []))
  const wasRun = (/** @type {Cell} */ cell) => cell.evidence !== undefined || cell.runs !== undefined
  const all = ['situations that it was in', ...head.map((name) => String(cellsOf(name).filter(wasRun).length))]
  const counts = COUNTED.map(([title, key]) => [
    title,
    ...head.map((name) => String(cellsOf(name).filter((cell) => cell[key]).length)),
  ])
  return `# What happens when something goes wrong on the way

${conditions(results)}

## How often

In how many situations of the tables below it happened at least once.

${table(['', ...head], [all, ...counts])}

${themes.map((theme) => section(theme, head)).join('\n\n')}

## Doing it again

\`\`\`sh
npx turbo run build
npm run bench:failures
\`\`\`

As root on Linux: small and read-only disks, other users and the stand-ins for web sites need it, and say *not run*
otherwise. \`node bench/failures.mjs disk names\` runs these two parts and writes nothing; all parts are
${themes.map(({ id }) => `\`${id}\``).join(', ')}.
What each run left and said last stands in \`bench/results/failures.json\`.
`
}

/** @param {Results} results */
function conditions({ date, machine, node, minutes, programs }) {
  const versions = programs.map(({ name, version }) => `${name} ${version}`).join(', ')
  return `The same awkward situations for
${versions}.
Run on ${date} by \`node bench/failures.mjs\`, in ${minutes} minutes, with Node ${node} on
${machine.system}. Every run has a fresh folder and an empty home folder.

A cell says the exit code, or the signal that ended the program, and what was left in the folder:

- *whole*: every file of an ordinary run, with the same bytes; *half*: some of them; *nothing*: no new entry at all.
- **Bold is a false success**: exit code 0 without the whole project that was asked for, or with a lost file of
  the user. A script that looks at the exit code is misled by it.
- *Left* names what else was left beside the project, *hangs* had to be ended, *has none* cannot be asked for it.
- *another project* is a whole one that was not asked for, *some files* what can belong to none.

All of it is decided by a program that looks at the disk, by one rule for all; nothing is filled in by hand. create-hono
downloads its templates from GitHub even in an ordinary run: here they come from its cache, which holds a stand-in with the
same file names.`
}

/** @param {Results['themes'][number]} theme @param {string[]} head */
function section({ title, intro, rows }, head) {
  const lines = rows.map((row) => [row.title, ...head.map((name) => row.cells[name]?.text ?? '')])
  return `## ${title}\n\n${intro}\n\n${table(['situation', ...head], lines)}`
}

/** @param {string[]} head @param {string[][]} rows */
function table(head, rows) {
  const escaped = rows.map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')))
  return [head, head.map(() => '---'), ...escaped].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

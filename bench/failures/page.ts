import type { Cell } from '../../tests/situations/cell.ts'
import type { Theme } from '../../tests/situations/situation.ts'
import { table } from '../lib/format.ts'
import type { describeMachine } from '../lib/machine.ts'

export type Row = { id: string; title: string; cells: { [program: string]: Cell } }

export type Results = {
  date: string
  machine: ReturnType<typeof describeMachine>
  node: string
  minutes: number
  programs: { name: string; version: string }[]
  themes: (Pick<Theme, 'id' | 'title' | 'intro'> & { rows: Row[] })[]
}

/** What is counted, by what a cell says of itself. */
const COUNTED: [title: string, key: keyof Cell][] = [
  ['**false success**', 'falseSuccess'],
  ['half a project left', 'half'],
  ['files of the user lost, asked for or not', 'lost'],
  ['hangs', 'hangs'],
  ['shows a stack trace', 'trace'],
  ['lets something hostile in', 'letIn'],
]

/** docs/failures.md. */
export function renderPage(results: Results) {
  const { programs, themes } = results
  const head = programs.map(({ name }) => name)
  const cellsOf = (name: string) => themes.flatMap(({ rows }) => rows.flatMap((row) => row.cells[name] ?? []))
  const wasRun = (cell: Cell) => cell.evidence !== undefined || cell.runs !== undefined
  const all = ['situations that it was in', ...head.map((name) => String(cellsOf(name).filter(wasRun).length))]
  const counts = COUNTED.map(([title, key]) => [
    title,
    ...head.map((name) => String(cellsOf(name).filter((cell) => cell[key]).length)),
  ])
  return `# What happens when something goes wrong on the way

${conditions(results)}

## How often

In how many situations of the tables below it happened at least once.

${table(['', ...head], [all, ...counts], '---')}

${themes.map((theme) => section(theme, head)).join('\n\n')}

## Doing it again

\`\`\`sh
npx turbo run build
npm run bench:failures
\`\`\`

As root on Linux: small and read-only disks, other users and the stand-ins for web sites need it, and say *not run*
otherwise. \`npm run bench:failures -- disk names\` runs these two parts and writes nothing; all parts are
${themes.map(({ id }) => `\`${id}\``).join(', ')}.
What each run left and said last stands in \`bench/results/failures.json\`.
`
}

function conditions({ date, machine, node, minutes, programs }: Results) {
  const versions = programs.map(({ name, version }) => `${name} ${version}`).join(', ')
  return `The same awkward situations for
${versions}.
Run on ${date} by \`npm run bench:failures\`, in ${minutes} minutes, with Node ${node} on
${machine.system}. Every run has a fresh directory and an empty home directory.

A cell says the exit code, or the signal that ended the program, and what was left in the directory:

- *whole*: every file of an ordinary run, with the same bytes; *half*: some of them; *nothing*: no new entry at all.
- **Bold is a false success**: exit code 0 without the whole project that was asked for, or with a lost file of
  the user. A script that looks at the exit code is misled by it.
- *Left* names what else was left beside the project, *hangs* had to be ended, *has none* cannot be asked for it.
- *another project* is a whole one that was not asked for, *some files* what can belong to none.

All of it is decided by a program that looks at the disk, by one rule for all; nothing is filled in by hand. create-hono
downloads its templates from GitHub even in an ordinary run: here they come from its cache, which holds a stand-in with the
same file names.`
}

function section({ title, intro, rows }: Results['themes'][number], head: string[]) {
  const lines = rows.map((row) => [row.title, ...head.map((name) => row.cells[name]?.text ?? '')])
  return `## ${title}\n\n${intro}\n\n${table(['situation', ...head], lines, '---')}`
}

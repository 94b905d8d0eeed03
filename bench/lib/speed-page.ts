import type { Sizes } from '../measures/install.ts'
import type { measureParts } from '../measures/parts.ts'
import type { Compared } from '../measures/speed.ts'
import { NOT_RUN, size, table, time, times } from './format.ts'
import type { describeMachine } from './machine.ts'
import type { Series } from './rounds.ts'
import { budgetTable } from './speed-budgets.ts'

export type Measures = {
  version: string
  sizes?: Sizes
  install?: Series
  installOverVite?: Series
  installRemote?: Series
  help?: Compared
  prompt?: Compared
  scaffold?: Compared
  files?: number
  memory?: Compared
  manners?: { network: boolean; programs: number }
  /** with 500 templates, against those that there are */
  many?: { list?: Series; scaffold?: Series }
}

export type Results = {
  date: string
  machine: ReturnType<typeof describeMachine>
  disk: string
  versions: { node: string; npm: string }
  rounds: { [measure: string]: number }
  ours: string
  parts: ReturnType<typeof measureParts>
  floor: { help?: Compared; prompt?: Compared; scaffold?: Compared; memory?: Compared }
  scaffolders: { [name: string]: Measures }
  variants: { [variant: string]: { scaffold?: Compared; files?: number } }
  /** why */
  notRun: { [measure: string]: { [name: string]: string } }
}

/** docs/speed.md. */
export function renderPage(results: Results) {
  const { ours, parts, floor, scaffolders, variants } = results
  const rows = (cells: (measures: Measures) => string[]) =>
    Object.entries(scaffolders).map(([name, measures]) => [`${name} ${measures.version}`, ...cells(measures)])
  return `# How fast the program is

${conditions(results)}

## The budgets

A budget is met or missed by the median; *closely* says that the quartiles lie on both sides of it. The floor is
\`node -e 0\`, which every program for Node has to take. ${ours} makes its template \`minimal\`.

${budgetTable(ours, scaffolders)}

## What npm fetches

\`npm install\` with an empty cache: all from a registry on the same machine, which has the same files and no network between,
and the published ones from the npm registry too. *Installed* is the whole \`node_modules\`.

${table(
  ['package', 'packages', 'tarball', 'installed', 'install', 'over create-vite', 'from the npm registry'],
  rows(({ sizes, install, installOverVite, installRemote }) => [
    count(sizes?.packages),
    size(sizes?.tarball),
    size(sizes?.installed),
    time(install),
    times(installOverVite),
    time(installRemote),
  ]),
)}

What the tarball of ${ours} is made of, each file compressed by itself:

${table(
  ['file', 'compressed'],
  parts.map(({ file, bytes }) => [`\`${file}\``, size(bytes)]),
)}

## How long it takes

Milliseconds over the floor. The first prompt is on the screen of a real terminal. A scaffold goes into an empty directory,
without git and without \`npm install\`, and without a terminal, so that nobody answers a question; it counts when the exit
code is 0 and the project is there.

${table(
  ['package', '`--help`', 'first prompt', 'whole scaffold', 'files'],
  [
    ['the floor itself', time(floor.help?.value), time(floor.prompt?.value), time(floor.scaffold?.value), ''],
    ...rows(({ help, prompt, scaffold, files }) => [
      time(help?.overFloor),
      time(prompt?.overFloor),
      time(scaffold?.overFloor),
      count(files),
    ]),
  ],
)}

The whole time, with the floor in it, over that of create-vite:

${table(
  ['package', '`--help`', 'first prompt', 'whole scaffold'],
  rows(({ help, prompt, scaffold }) => [times(help?.overVite), times(prompt?.overVite), times(scaffold?.overVite)]),
)}

## What a scaffold takes besides

Memory is that of the largest process at its peak. Whether a scaffold asks the network, and how many other programs it
starts, is seen by \`strace\` in a new home: a program that asks once a day waits only then, and the times above are those of
the other runs.

${table(
  ['package', 'peak memory', 'over create-vite', 'asks the network', 'other programs'],
  [
    ['the floor itself', size(floor.memory?.value.median), times(floor.memory?.overVite), '', ''],
    ...rows(({ memory, manners }) => [
      size(memory?.value.median),
      times(memory?.overVite),
      manners ? yesNo(manners.network) : NOT_RUN,
      count(manners?.programs),
    ]),
  ],
)}

## Our templates

The whole scaffold, in the same rounds as those above.

${table(
  [ours, 'files', 'over the floor', 'whole time over create-vite'],
  Object.entries({ minimal: scaffolders[ours], ...variants }).map(([variant, measures]) => [
    variant,
    count(measures?.files),
    time(measures?.scaffold?.overFloor),
    times(measures?.scaffold?.overVite),
  ]),
)}
${notRun(results)}
## Again

\`\`\`sh
npx turbo run build
npm run bench              # writes this page and bench/results/scaffolders.json
npm run bench -- --quick   # few rounds; prints the page
\`\`\`

The others and their commands are in \`bench/peers.json\`, their first questions in \`bench/prompts.json\`. \`python3\` is asked
for the memory. As root on Linux, the disk is made by \`mkfs.ext4\`.
`
}

function conditions({ date, machine, disk, versions, ours, rounds }: Results) {
  return `${ours} as it would be published, beside scaffolders that many people know, from the npm registry. Measured on
${date} by \`npm run bench\`, in one run: ${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}; Node ${
    versions.node
  }, npm ${versions.npm}. Load before it began: ${machine.loadBefore}.

All have the same environment: a new home, \`CI\` and \`npm_config_user_agent\` unset, files in memory, the network as it is; they
write to ${disk}. They were measured in turns (ABC, BCA, …) and are compared round by round; rounds: ${rounds.install} for installing, ${rounds.help} for
\`--help\`, ${rounds.prompt} for the first prompt, ${rounds.scaffold} for the scaffold, ${rounds.memory} for the memory. Numbers are medians, with
the quartiles in brackets. They are for comparing with their neighbours in the same column, and are nobody's test.`
}

/** Every reason once, with all that it has prevented. */
function notRun(results: Results) {
  const measures: Map<string, string[]> = new Map()
  for (const [measure, reasons] of Object.entries(results.notRun)) {
    for (const [name, reason] of Object.entries(reasons)) {
      const line = `${name}: ${reason}`
      measures.set(line, [...(measures.get(line) ?? []), measure])
    }
  }
  const lines = [...measures].map(([line, prevented]) => `- ${line} (${prevented.join(', ')})`)
  return lines.length > 0 ? `\n“${NOT_RUN}”, and why:\n\n${lines.join('\n')}\n` : ''
}

function count(value: number | undefined) {
  return value === undefined ? NOT_RUN : String(value)
}

function yesNo(value: boolean) {
  return value ? 'yes' : 'no'
}

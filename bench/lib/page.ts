import type { measureEntry } from '../measures/entry.ts'
import type { measureEvaluation } from '../measures/evaluation.ts'
import type { measureFill } from '../measures/fill.ts'
import type { measureServers } from '../measures/servers.ts'
import { budgetTable } from './budgets.ts'
import { NOT_RUN, size, table, time, times } from './format.ts'
import type { describeMachine } from './machine.ts'
import type { Series } from './rounds.ts'

export type Tier = {
  /** why only its evaluation could be measured */
  notRun?: string
  python?: string
  size: { files: number; bytes: number }
  closure?: { ours: number; bare: number }
  firstCell?: { [part: string]: Series }
  evaluation: Awaited<ReturnType<typeof measureEvaluation>>
  fill?: Awaited<ReturnType<typeof measureFill>>
  entry?: Awaited<ReturnType<typeof measureEntry>>
  start?: Awaited<ReturnType<typeof measureServers>>['start']
  stop?: Awaited<ReturnType<typeof measureServers>>['stop']
  quiet?: Awaited<ReturnType<typeof measureServers>>['quiet']
}

export type Results = {
  date: string
  machine: ReturnType<typeof describeMachine>
  versions: { nix: string; node: string }
  nixpkgs: string
  rounds: { [measure: string]: number }
  tiers: { [id: string]: Tier }
}

const FILLED_MORE = ['uv compiling, warm', 'pip over uv, cold', 'warm']

/** docs/measurements.md. */
export function renderPage(results: Results) {
  const { tiers } = results
  const rows = (cells: (tier: Tier) => string[]) => Object.entries(tiers).map(([id, tier]) => [id, ...cells(tier)])
  return `# What the tiers cost

${conditions(results)}

## The budgets

A budget is met or missed by the median; *closely* says that the quartiles lie on both sides of it. \`./start\` and
\`./stop\` are typed outside the shell and enter it by themselves, \`lab start\` and \`lab stop\` are typed inside.

${budgetTable(tiers)}

## Entering the shell when nothing changed

\`nix develop --command true\`. *Bare* is \`mkShellNoCC { }\`; *same packages* is a shell with the tier's packages from
nixpkgs and nothing else; *blog post* makes a virtual environment if there is none, activates it and runs
\`pip install -q -r requirements.txt\` at every entry, with everything installed already. It is compared with the tier
when that has a virtual environment as well: the tiers on nixpkgs get one small package from PyPI for that.

${table(
  ['tier', 'bare', 'same packages', 'the tier', 'the tier with a venv', 'blog post', 'blog post over the tier'],
  rows(({ entry }) => {
    const { bare, smallest, ours, oursWithVenv = ours, posts } = entry?.milliseconds ?? {}
    return [...[bare, smallest, ours, oursWithVenv, posts].map(time), times(entry?.postsOver)]
  }),
)}

While a tracked file is changed and not committed, Nix evaluates at every entry, whatever the flake:

${table(
  ['tier', 'same packages', 'the tier', 'difference'],
  rows(({ entry }) => {
    const { smallest, ours } = entry?.edited.milliseconds ?? {}
    return [smallest, ours, entry?.edited.overSmallest].map(time)
  }),
)}

## Evaluation

\`nix eval\` of the shell with the evaluation cache off. The stand-in is much smaller than nixpkgs, which both flakes
evaluate alike; there the ratio should be nearer to 1, which was not measured. Function calls are Nix' own count, the same in
every run.

${table(
  ['tier', 'smallest flake', 'the tier', 'ratio', 'function calls: smallest', 'the tier'],
  rows(({ evaluation: { milliseconds, ratio, work } }) => [
    time(milliseconds.smallest),
    time(milliseconds.ours),
    times(ratio),
    String(work.smallest?.functionCalls),
    String(work.ours?.functionCalls),
  ]),
)}

## Starting and stopping

Starting is from the command to an answer of JupyterLab at \`/api/status\`; for \`./start\` and \`lab start\` it includes the
web server \`server.py\`, which loads its packages beside JupyterLab: on a machine short of processors, that is seen here.
Stopping is with an idle kernel, to the end of the command; for the bare \`jupyter lab\`, from
SIGTERM to its end.

${table(
  ['tier', '`jupyter lab`', '`./start`', '`lab start`', 'SIGTERM', '`./stop`', '`lab stop`'],
  rows(({ start, stop }) =>
    [start?.milliseconds, stop?.milliseconds].flatMap((each) =>
      [each?.bare, each?.fromOutside, each?.inShell].map(time),
    ),
  ),
)}

## uv against pip

A new virtual environment with all packages of the tier's lock, hashes checked. *Cold*: everything is downloaded. *Warm*:
nothing is; pip has a directory with the wheels, uv its cache. pip compiles Python files while it installs; uv leaves that to
the first import, unless told to compile.

${table(
  [...['tier', 'packages', 'pip, cold', 'uv, cold', 'pip, warm', 'uv, warm'], ...FILLED_MORE],
  Object.entries(tiers).flatMap(([id, { fill }]) => {
    if (!fill) return []
    const [cold, warm] = [fill.cold.milliseconds, fill.warm.milliseconds]
    const measured = [cold.pip, cold.uv, warm.pip, warm.uv, warm.uvCompiling].map(time)
    return [[id, String(fill.packages), ...measured, ...[fill.cold.pipOverUv, fill.warm.pipOverUv].map(times)]]
  }),
)}

## What a user waits for and pays

The first cell is waited for from the command that makes the project to the end of a notebook of one cell, run by
nbclient, with a new home directory: packages from Nix are in the store already, packages from PyPI are downloaded. The size
in the store is that of the stand-in, not of nixpkgs.

${table(
  ['tier', 'files', 'size', 'in the store', 'bare shell', 'from PyPI', 'make', 'enter first', 'first cell', 'together'],
  rows(({ size: { files, bytes }, closure, fill, firstCell, notRun }) => [
    String(files),
    size(bytes),
    size(closure?.ours),
    size(closure?.bare),
    notRun ? NOT_RUN : size(fill?.downloadBytes ?? 0),
    ...[firstCell?.scaffold, firstCell?.enter, firstCell?.cell, firstCell?.total].map(time),
  ]),
)}
${notRun(tiers)}
## Measuring again

\`\`\`sh
npx turbo run build
tests/provision/provision
npm run bench:tiers
\`\`\`

It takes about six minutes on a machine with nothing else to do, and writes this page and \`bench/results/tiers.json\`.
\`npm run bench:tiers -- --quick minimal\` looks at one tier, roughly, and writes nothing.
`
}

function conditions({ date, machine, versions, tiers, rounds }: Results) {
  const pythons = [...new Set(Object.values(tiers).flatMap(({ python }) => python ?? []))].join(', ')
  return `Measured on ${date} by \`npm run bench:tiers\`, in one run: ${machine.processor}, ${machine.cores} cores, ${
    machine.memoryGiB
  } GiB, ${machine.system}; Nix ${versions.nix}, Node ${versions.node}, Python ${pythons}. Load before it began: ${
    machine.loadBefore
  }.

nixpkgs is the offline stand-in of the tests (\`tests/nixpkgs\`), with real programs in it. What is compared was measured
in turns (ABC, BCA, …), and is compared round by round: ${rounds.entry} rounds for entering, ${rounds.evaluation} for evaluation,
${rounds.servers} for starting and stopping, ${rounds.coldFill} for filling with a download, ${rounds.warmFill} without, and ${rounds.firstCell} for the first cell. Numbers
are medians, with the quartiles in brackets. They are for comparing with their neighbours in the same row, and are nobody's
test.`
}

function notRun(tiers: { [id: string]: Tier }) {
  const lines = Object.entries(tiers).flatMap(([id, tier]) => (tier.notRun ? [`${id}: ${tier.notRun}.`] : []))
  return lines.length > 0 ? `\n“${NOT_RUN}”: ${lines.join(' ')}\n` : ''
}

// What the program may cost, and whether it does.
import { metOrMissed } from './budgets.ts'
import { NOT_RUN, size, table, time, times } from './format.ts'
import type { Series } from './rounds.ts'
import type { Measures } from './speed-page.ts'

type Budget = [
  what: string,
  allowed: string,
  limit: number,
  write: (value: Series) => string,
  measured: (measures: Measures) => Series | undefined,
]

const bytes = ({ median }: Series) => size(median)

const BUDGETS: Budget[] = [
  ['packages that npm installs', '1', 1, ({ median }) => String(median), ({ sizes }) => exactly(sizes?.packages)],
  ['tarball', '≤ 150 kB', 150e3, bytes, ({ sizes }) => exactly(sizes?.tarball)],
  ['installed', '≤ 600 kB', 600e3, bytes, ({ sizes }) => exactly(sizes?.installed)],
  ['`--help`, over the floor', '≤ 10 ms', 10, time, ({ help }) => help?.overFloor],
  ['first prompt, over the floor', '≤ 18 ms', 18, time, ({ prompt }) => prompt?.overFloor],
  ['whole scaffold without git, over the floor', '≤ 20 ms', 20, time, ({ scaffold }) => scaffold?.overFloor],
  ['peak memory of the scaffold, against create-vite', '≤ 1 ×', 1, times, ({ memory }) => memory?.overVite],
  ['`list` with 500 templates, against `list`', '≤ 1.1 ×', 1.1, times, ({ many }) => many?.list],
  ['scaffold with 500 templates, against a scaffold', '≤ 1.1 ×', 1.1, times, ({ many }) => many?.scaffold],
]

export function budgetTable(ours: string, scaffolders: { [name: string]: Measures }) {
  const others = Object.entries(scaffolders).filter(([name]) => name !== ours)
  const rows = BUDGETS.map((budget) => [budget[0], budget[1], verdict(budget, scaffolders[ours]), best(budget, others)])
  return table(['what', 'budget', ours, 'the best of the others'], rows)
}

function verdict([, , limit, write, measured]: Budget, measures: Measures | undefined) {
  const value = measures && measured(measures)
  return value ? `${write(value)}: ${metOrMissed(value, limit)}` : NOT_RUN
}

function best([, , , write, measured]: Budget, others: [string, Measures][]) {
  const values = others.flatMap(([name, measures]) => {
    const value = measured(measures)
    return value ? [{ name, value }] : []
  })
  const least = values.toSorted((a, b) => a.value.median - b.value.median)[0]
  return least ? `${write(least.value)}, ${least.name}` : NOT_RUN
}

function exactly(value: number | undefined) {
  return value === undefined ? undefined : { median: value, low: value, high: value, runs: 1 }
}

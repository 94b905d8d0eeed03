// What a tier may cost, and whether it does.
import { NOT_RUN, table, time, times } from './format.ts'
import type { Tier } from './page.ts'
import type { Series } from './rounds.ts'

type Budget = [what: string, limit: number, unit: 'ms' | '×', measured: (tier: Tier) => Series | undefined]

const BUDGETS: Budget[] = [
  ['entering, over a bare shell', 30, 'ms', ({ entry }) => entry?.overBare],
  ['evaluation, over the smallest flake', 1.1, '×', ({ evaluation }) => evaluation.ratio],
  ['`./start`, over a bare `jupyter lab`', 1.2, '×', ({ start }) => start?.startOverBare],
  ['`lab start`, over the same', 1.2, '×', ({ start }) => start?.labOverBare],
  ['`./stop`', 1500, 'ms', ({ stop }) => stop?.milliseconds.fromOutside],
  ['`lab stop`', 1500, 'ms', ({ stop }) => stop?.milliseconds.inShell],
  ['`./stop` when nothing runs, over `python -c 0`', 150, 'ms', ({ quiet }) => quiet?.stop],
  ['`./lab status` when nothing runs, over the same', 150, 'ms', ({ quiet }) => quiet?.status],
]

/** A row for every tier, a column for every budget. */
export function budgetTable(tiers: { [id: string]: Tier }) {
  const head = BUDGETS.map((budget) => `${budget[0]}: ${allowed(budget)}`)
  const rows = Object.entries(tiers).map(([id, tier]) => [id, ...BUDGETS.map((budget) => verdict(budget, tier))])
  return table(['tier', ...head], rows)
}

function allowed([, limit, unit]: Budget) {
  if (unit === '×') return `≤ ${limit} ×`
  return limit >= 1000 ? `≤ ${limit / 1000} s` : `≤ ${limit} ms`
}

function verdict([, limit, unit, measured]: Budget, tier: Tier) {
  const value = measured(tier)
  return value ? `${unit === '×' ? times(value) : time(value)}: ${metOrMissed(value, limit)}` : NOT_RUN
}

/** By the median. Where the quartiles lie on both sides of the limit, the noise was larger than the distance to it. */
export function metOrMissed(value: Series, limit: number) {
  const word = value.median <= limit ? 'met' : '**missed**'
  return value.low <= limit && value.high > limit ? `${word}, closely` : word
}

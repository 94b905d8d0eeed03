// What a tier may cost, and whether it does.
import { NOT_RUN, table, time, times } from './format.mjs'

/**
 * @typedef {import('./rounds.mjs').Series} Series
 * @typedef {import('./page.mjs').Tier} Tier
 * @typedef {{ what: string, limit: number, unit: 'ms' | '×', measured: (tier: Tier) => Series | undefined }} Budget
 */

/** @type {Budget[]} */
const BUDGETS = [
  {
    what: 'entering, over a bare shell',
    limit: 30,
    unit: 'ms',
    measured: (tier) => tier.entry?.overBare,
  },
  {
    what: 'evaluation, over the smallest flake',
    limit: 1.1,
    unit: '×',
    measured: (tier) => tier.evaluation.ratio,
  },
  {
    what: '`./start`, over a bare `jupyter lab`',
    limit: 1.2,
    unit: '×',
    measured: (tier) => tier.start?.startOverBare,
  },
  {
    what: '`lab start`, over the same',
    limit: 1.2,
    unit: '×',
    measured: (tier) => tier.start?.labOverBare,
  },
  {
    what: '`./stop`',
    limit: 1500,
    unit: 'ms',
    measured: (tier) => tier.stop?.milliseconds.fromOutside,
  },
  {
    what: '`lab stop`',
    limit: 1500,
    unit: 'ms',
    measured: (tier) => tier.stop?.milliseconds.inShell,
  },
  {
    what: '`./stop` when nothing runs, over `python -c 0`',
    limit: 150,
    unit: 'ms',
    measured: (tier) => tier.quiet?.stop,
  },
  {
    what: '`./lab status` when nothing runs, over the same',
    limit: 150,
    unit: 'ms',
    measured: (tier) => tier.quiet?.status,
  },
]

/** A row for every tier, a column for every budget. @param {{ [id: string]: Tier }} tiers */
export function budgetTable(tiers) {
  const head = BUDGETS.map((budget) => `${budget.what}: ${allowed(budget)}`)
  const rows = Object.entries(tiers).map(([id, tier]) => [id, ...BUDGETS.map((budget) => verdict(budget, tier))])
  return table(['tier', ...head], rows)
}

/** @param {Budget} budget */
function allowed({ limit, unit }) {
  if (unit === '×') return `≤ ${limit} ×`
  return limit >= 1000 ? `≤ ${limit / 1000} s` : `≤ ${limit} ms`
}

/**
 * @param {Budget} budget
 * @param {Tier} tier
 */
function verdict({ limit, unit, measured }, tier) {
  const value = measured(tier)
  return value ? `${unit === '×' ? times(value) : time(value)}: ${metOrMissed(value, limit)}` : NOT_RUN
}

/**
 * By the median. Where the quartiles lie on both sides of the limit, the noise was larger than the distance to it.
 * @param {Series} value
 * @param {number} limit
 */
export function metOrMissed(value, limit) {
  const word = value.median <= limit ? 'met' : '**missed**'
  return value.low <= limit && value.high > limit ? `${word}, closely` : word
}

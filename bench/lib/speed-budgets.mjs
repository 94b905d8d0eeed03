// What the program may cost, and whether it does.
import { metOrMissed } from './budgets.mjs'
import { NOT_RUN, size, table, time, times } from './format.mjs'

/**
 * @typedef {import('./rounds.mjs').Series} Series
 * @typedef {import('./speed-page.mjs').Measures} Measures
 * @typedef {object} Budget
 * @property {string} what
 * @property {string} allowed
 * @property {number} limit
 * @property {(measures: Measures) => Series | undefined} measured
 * @property {(value: Series) => string} write
 */

/** @type {Budget[]} */
const BUDGETS = [
  {
    what: 'packages that npm installs',
    allowed: '1',
    limit: 1,
    measured: ({ sizes }) => exactly(sizes?.packages),
    write: ({ median }) => String(median),
  },
  {
    what: 'tarball',
    allowed: '≤ 150 kB',
    limit: 150e3,
    measured: ({ sizes }) => exactly(sizes?.tarball),
    write: ({ median }) => size(median),
  },
  {
    what: 'installed',
    allowed: '≤ 600 kB',
    limit: 600e3,
    measured: ({ sizes }) => exactly(sizes?.installed),
    write: ({ median }) => size(median),
  },
  {
    what: '`--help`, over the floor',
    allowed: '≤ 10 ms',
    limit: 10,
    measured: ({ help }) => help?.overFloor,
    write: time,
  },
  {
    what: 'first prompt, over the floor',
    allowed: '≤ 18 ms',
    limit: 18,
    measured: ({ prompt }) => prompt?.overFloor,
    write: time,
  },
  {
    what: 'whole scaffold without git, over the floor',
    allowed: '≤ 20 ms',
    limit: 20,
    measured: ({ scaffold }) => scaffold?.overFloor,
    write: time,
  },
  {
    what: 'peak memory of the scaffold, against create-vite',
    allowed: '≤ 1 ×',
    limit: 1,
    measured: ({ memory }) => memory?.overVite,
    write: times,
  },
  {
    what: '`list` with 500 templates, against `list`',
    allowed: '≤ 1.1 ×',
    limit: 1.1,
    measured: ({ many }) => many?.list,
    write: times,
  },
  {
    what: 'scaffold with 500 templates, against a scaffold',
    allowed: '≤ 1.1 ×',
    limit: 1.1,
    measured: ({ many }) => many?.scaffold,
    write: times,
  },
]

/**
 * @param {string} ours
 * @param {{ [name: string]: Measures }} scaffolders
 */
export function budgetTable(ours, scaffolders) {
  const others = Object.entries(scaffolders).filter(([name]) => name !== ours)
  const rows = BUDGETS.map((budget) => [
    budget.what,
    budget.allowed,
    verdict(budget, scaffolders[ours]),
    best(budget, others),
  ])
  return table(['what', 'budget', ours, 'the best of the others'], rows)
}

/**
 * @param {Budget} budget
 * @param {Measures | undefined} measures
 */
function verdict({ limit, measured, write }, measures) {
  const value = measures && measured(measures)
  return value ? `${write(value)}: ${metOrMissed(value, limit)}` : NOT_RUN
}

/**
 * @param {Budget} budget
 * @param {[string, Measures][]} others
 */
function best({ measured, write }, others) {
  const values = others.flatMap(([name, measures]) => {
    const value = measured(measures)
    return value ? [{ name, value }] : []
  })
  const least = values.toSorted((a, b) => a.value.median - b.value.median)[0]
  return least ? `${write(least.value)}, ${least.name}` : NOT_RUN
}

/** @param {number | undefined} value */
function exactly(value) {
  return value === undefined ? undefined : { median: value, low: value, high: value, runs: 1 }
}

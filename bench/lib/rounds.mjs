/**
 * Interleaving and statistics. This machine may have other work to do: only what was measured in the same rounds is
 * compared, every round takes each candidate once, and a comparison is made round by round.
 *
 * @typedef {{ median: number, low: number, high: number, runs: number }} Series `low` and `high` are the quartiles.
 * @typedef {{ [candidate: string]: number[] }} Samples
 */

/**
 * Take every candidate once per round, each round beginning with another one: ABC, BCA, CAB.
 * @param {number} rounds
 * @param {{ [candidate: string]: () => Promise<number> }} candidates each gives what it measured
 * @returns {Promise<Samples>}
 */
export async function interleave(rounds, candidates) {
  const names = Object.keys(candidates)
  /** @type {Samples} */
  const samples = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (let step = 0; step < names.length; step += 1) {
      const name = names[(round + step) % names.length] ?? ''
      const value = await candidates[name]?.()
      if (value !== undefined) samples[name]?.push(value)
    }
  }
  return samples
}

/**
 * @param {number[]} values
 * @returns {Series}
 */
export function series(values) {
  const sorted = values.toSorted((a, b) => a - b)
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
    runs: values.length,
  }
}

/**
 * How much more the one takes than the other, round by round.
 * @param {number[] | undefined} ours
 * @param {number[] | undefined} theirs
 */
export function difference(ours = [], theirs = []) {
  return series(ours.map((value, round) => value - (theirs[round] ?? Number.NaN)))
}

/**
 * How many times as much the one takes as the other, round by round.
 * @param {number[] | undefined} ours
 * @param {number[] | undefined} theirs
 */
export function ratio(ours = [], theirs = []) {
  return series(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)))
}

/**
 * @param {Samples} samples
 * @returns {{ [candidate: string]: Series }}
 */
export function allSeries(samples) {
  return Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, series(values)]))
}

/**
 * @param {number[]} sorted
 * @param {number} part
 */
function quantile(sorted, part) {
  const place = (sorted.length - 1) * part
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return Number((below + (above - below) * (place - Math.floor(place))).toFixed(3))
}

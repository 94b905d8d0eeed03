/**
 * Interleaving and statistics. This machine may have other work to do: only what was measured in the same rounds is
 * compared, every round takes each candidate once, and a comparison is made round by round.
 */
/** `low` and `high` are the quartiles. */
export type Series = { median: number; low: number; high: number; runs: number }

export type Samples = { [candidate: string]: number[] }

/**
 * Take every candidate once per round, each round beginning with another one: ABC, BCA, CAB.
 * @param candidates each gives what it measured
 */
export async function interleave(
  rounds: number,
  candidates: { [candidate: string]: () => Promise<number> },
): Promise<Samples> {
  const names = Object.keys(candidates)
  const samples: Samples = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (let step = 0; step < names.length; step += 1) {
      const name = names[(round + step) % names.length] ?? ''
      const value = await candidates[name]?.()
      if (value !== undefined) samples[name]?.push(value)
    }
  }
  return samples
}

export function series(values: number[]): Series {
  const sorted = values.toSorted((a, b) => a - b)
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
    runs: values.length,
  }
}

/** How much more the one takes than the other, round by round. */
export function difference(ours: number[] | undefined = [], theirs: number[] | undefined = []) {
  return series(ours.map((value, round) => value - (theirs[round] ?? Number.NaN)))
}

/** How many times as much the one takes as the other, round by round. */
export function ratio(ours: number[] | undefined = [], theirs: number[] | undefined = []) {
  return series(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)))
}

export function allSeries(samples: Samples): { [candidate: string]: Series } {
  return mapEach(samples, series)
}

/** The same names with other values. */
export function mapEach<A, B>(values: { [name: string]: A }, change: (value: A, name: string) => B) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value, name)]))
}

function quantile(sorted: number[], part: number) {
  const place = (sorted.length - 1) * part
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return Number((below + (above - below) * (place - Math.floor(place))).toFixed(3))
}

/** What all random numbers of a run begin with. It belongs into the name of each test that uses them: SEED=… does the same again. */
export const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000)

/** Random numbers below a limit, the same ones for the same seed (mulberry32). */
export function randomNumbers(seed: number): (limit: number) => number {
  let state = seed >>> 0
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}

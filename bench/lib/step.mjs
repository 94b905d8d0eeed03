/**
 * Say what is done, and how long it took.
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} work
 */
export async function step(what, work) {
  const started = performance.now()
  const result = await work()
  console.error(`${what}: ${((performance.now() - started) / 1000).toFixed(1)} s`)
  return result
}

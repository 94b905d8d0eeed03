import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const repository = join(import.meta.dirname, '../..')

/** Ends the program where a word of the command line is none of these. */
export function refuseOthers(words: string[], known: readonly { id: string }[]): void {
  const ids = known.map(({ id }) => id)
  const unknown = words.find((word) => !ids.includes(word))
  if (unknown === undefined) return
  console.error(`There is no "${unknown}". There are: ${ids.join(', ')}.`)
  process.exit(2)
}

/** Ctrl-C and SIGTERM leave nothing behind either. */
export function onInterruption(remove: () => unknown): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, async () => {
      await remove()
      process.exit(code)
    })
  }
}

/** Say what is done, and how long it took. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now()
  const result = await work()
  console.error(`${what}: ${((performance.now() - started) / 1000).toFixed(1)} s`)
  return result
}

/** Writes bench/results/<name>.json and its page in docs/, if it has one; prints the page of a run that was not the whole one. */
export function writeResults(
  name: string,
  results: object,
  file: string | undefined,
  page: string,
  isPart: boolean,
): void {
  if (isPart) {
    console.log(page)
    return
  }
  mkdirSync(join(repository, 'bench/results'), { recursive: true })
  const text = JSON.stringify(results, null, name === 'failures' ? 1 : 2)
  writeFileSync(join(repository, `bench/results/${name}.json`), `${text}\n`)
  if (file) writeFileSync(join(repository, 'docs', file), page)
}

import { interleave } from './rounds.mjs'

/**
 * Interleaved rounds of candidates that may fail. One that fails once has no number, but a reason. Each is done once
 * before for nothing, so that its files are in memory.
 * @param {number} rounds
 * @param {{ [candidate: string]: () => Promise<number> }} candidates
 * @returns {Promise<{ samples: import('./rounds.mjs').Samples, failures: { [candidate: string]: string } }>}
 */
export async function attempt(rounds, candidates) {
  /** @type {{ [candidate: string]: string }} */
  const failures = {}
  const attempts = Object.fromEntries(
    Object.entries(candidates).map(([name, measure]) => [
      name,
      async () => {
        if (failures[name]) return Number.NaN
        try {
          return await measure()
        } catch (error) {
          failures[name] = error instanceof Error ? error.message : String(error)
          return Number.NaN
        }
      },
    ]),
  )
  await interleave(1, attempts)
  const samples = await interleave(rounds, attempts)
  for (const name of Object.keys(failures)) delete samples[name]
  return { samples, failures }
}

/**
 * Why a command did not do its work, in one line.
 * @param {import('./run.mjs').Result} result
 */
export function reasonOf({ code, stdout, stderr }) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
  const lines = `${stdout}\n${stderr}`.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').split('\n')
  const said = lines.findLast((line) => /^\S*Error: /.test(line)) ?? lines.findLast((line) => line.trim() !== '')
  return `exit code ${code}${said ? `, “${said.trim()}”` : ''}`
}

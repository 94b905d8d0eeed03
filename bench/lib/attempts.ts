import { plain } from '../../tests/support/plain.ts'
import type { Result } from '../../tests/support/run.ts'
import { interleave, mapEach, type Samples } from './rounds.ts'

/**
 * Interleaved rounds of candidates that may fail. One that fails once has no number, but a reason. Each is done once
 * before for nothing, so that its files are in memory.
 */
export async function attempt(
  rounds: number,
  candidates: { [candidate: string]: () => Promise<number> },
): Promise<{ samples: Samples; failures: { [candidate: string]: string } }> {
  const failures: { [candidate: string]: string } = {}
  const attempts = mapEach(candidates, (measure, name) => async () => {
    if (failures[name]) return Number.NaN
    return measure().catch((error) => {
      failures[name] = error instanceof Error ? error.message : String(error)
      return Number.NaN
    })
  })
  await interleave(1, attempts)
  const samples = await interleave(rounds, attempts)
  for (const name of Object.keys(failures)) delete samples[name]
  return { samples, failures }
}

/** Why a command did not do its work, in one line. */
export function reasonOf({ code, stdout, stderr }: Result) {
  const lines = plain(`${stdout}\n${stderr}`).split('\n')
  const said = lines.findLast((line) => /^\S*Error: /.test(line)) ?? lines.findLast((line) => line.trim() !== '')
  return `exit code ${code}${said ? `, “${said.trim()}”` : ''}`
}

import { diffOf } from '../base/diff.js'
import type { Ask } from './question.js'

/** A file of the project, and what is at its place and differs. */
export interface Difference {
  readonly path: string
  readonly existing: Buffer
  readonly content: Buffer
}

/** What happens to a file of the user's: it stays, or it is renamed. */
export type Decision = 'keep' | 'backup'

/** Asks about each file that differs, with the difference before it. */
export async function askForEach(differences: readonly Difference[], ask: Ask): Promise<Map<string, Decision>> {
  const decisions = new Map<string, Decision>()
  for (const { path, existing, content } of differences) {
    const note = `${path}: yours (-) and the new one (+)\n${diffOf(existing, content)}`
    const choices = [
      { value: 'keep', label: 'Keep mine' },
      { value: 'backup', label: 'Take the new one', hint: 'mine stays as .backup' },
    ]
    const answer = await ask({ kind: 'choice', note, message: `Which ${path}?`, choices, initial: 'keep' })
    decisions.set(path, answer === 'backup' ? 'backup' : 'keep')
  }
  return decisions
}

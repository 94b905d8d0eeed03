import { type Answers, type Ask, completeAnswers } from './answers.js'
import { applyPlan, recover } from './apply.js'
import { claimFolder } from './claim.js'
import type { Decide } from './existing.js'
import type { GitResult } from './git.js'
import { planGit } from './git-plan.js'
import type { Host } from './host.js'
import { type Given, options } from './options.js'
import { type Plan, planProject } from './plan.js'

/** What a run came to. */
export interface Outcome {
  readonly answers: Answers
  readonly plan: Plan
  /** What git did; absent where it was not asked to do anything, and in a dry run. */
  readonly git?: GitResult | undefined
}

/** What a run needs from its front door. */
export interface Run {
  readonly host: Host
  readonly ask?: Ask | undefined
  /** Shows a text between questions. */
  readonly show?: ((text: string) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** The street: answers, plan, apply. Reporting is the front door's. */
export async function createProject(given: Given, run: Run): Promise<Outcome> {
  const { host, ask, signal } = run
  const dry = given['dry-run'] === true
  const answers = await completeAnswers(given, {
    host,
    ask,
    claim: async (target) => {
      if (!dry) recover(target, host)
      return claimFolder(target, given['on-conflict'], ask)
    },
  })
  const plan = await planProject(answers, await planGit(answers, host), decideBy(answers, run))
  return { answers, plan, git: dry ? undefined : await applyPlan(plan, host, signal) }
}

/** What happens to a file of the user's: one rule for all, or a question with the difference before it. */
function decideBy({ onConflict }: Answers, { ask, show }: Run): Decide {
  if (onConflict !== 'merge' || !ask) return async () => (onConflict === 'backup' ? 'backup' : 'keep')
  return async (file, existing) => {
    const { diffOf } = await import('./diff.js')
    show?.(`${file.path}: yours (-) and the new one (+)\n${diffOf(existing, file.content)}`)
    const option = options.find(({ name }) => name === 'on-conflict') ?? options[0]
    const choices = [
      { value: 'keep', label: 'Keep mine' },
      { value: 'backup', label: 'Take the new one', hint: 'mine stays as .backup' },
    ]
    const message = `Which ${file.path}?`
    const answer = await ask({ option, message, choices, initial: 'keep', check: () => undefined })
    return answer === 'backup' ? 'backup' : 'keep'
  }
}

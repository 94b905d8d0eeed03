import { type Answers, type Ask, completeAnswers } from './answers.js'
import { applyPlan, recover } from './apply.js'
import type { GitResult } from './git.js'
import { planGit } from './git-plan.js'
import type { Host } from './host.js'
import type { Given } from './options.js'
import { type Plan, planProject, refuseConflicts } from './plan.js'

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
  readonly signal?: AbortSignal | undefined
}

/** The street: answers, plan, apply. Reporting is the front door's. */
export async function createProject(given: Given, { host, ask, signal }: Run): Promise<Outcome> {
  const dry = given['dry-run'] === true
  const answers = await completeAnswers(given, {
    host,
    ask,
    claim: (target) => {
      if (!dry) recover(target, host)
      refuseConflicts(target)
    },
  })
  const plan = await planProject(answers, await planGit(answers, host))
  return { answers, plan, git: dry ? undefined : await applyPlan(plan, host, signal) }
}

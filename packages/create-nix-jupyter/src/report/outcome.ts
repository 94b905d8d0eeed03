import type { GitResult } from '../apply/git.js'
import type { Plan } from '../plan/plan.js'
import type { Answers } from '../questions/answers.js'

/** What a run came to. */
export interface Outcome {
  readonly answers: Answers
  readonly plan: Plan
  /** What git did; absent where it was not asked to do anything, and in a dry run. */
  readonly git?: GitResult | undefined
  /** What the user should know beside the result. */
  readonly warnings: readonly string[]
}

import { applyPlan, recover } from './apply/apply.js'
import type { Host } from './base/host.js'
import { type Given, options } from './input/options.js'
import { type Decide, PERSONAL } from './plan/files.js'
import { planGit } from './plan/git.js'
import { planProject, type RenderAll } from './plan/plan.js'
import type { Answers } from './questions/answers.js'
import { completeAnswers } from './questions/complete.js'
import { claimFolder } from './questions/conflicts.js'
import type { Ask } from './questions/question.js'
import type { Outcome } from './report/outcome.js'
import type { Values } from './templates/load.js'

/** What a run needs from its front door. */
export interface Run {
  readonly host: Host
  readonly ask?: Ask | undefined
  /** Shows a text between questions. */
  readonly show?: ((text: string) => void) | undefined
  /** Says at once what the user should know before anything is written. */
  readonly warn?: ((text: string) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** The street: answers, plan, apply. Reporting is the front door's. */
export async function createProject(given: Given, run: Run): Promise<Outcome> {
  const { host, ask, signal } = run
  const dry = given['dry-run'] === true
  const leftovers: string[] = []
  const chosen = await completeAnswers(given, {
    host,
    ask,
    claim: async (target) => {
      if (!dry) leftovers.push(...recover(target, host))
      return claimFolder(target, given['on-conflict'], ask)
    },
  })
  const { answers, render, warnings: said } = await templateFor(chosen, given, run)
  const warnings = [...new Set(leftovers), ...said]
  warnOfCosts(answers, run)
  const plan = await planProject(answers, await planGit(answers, host), render, decideBy(answers, run))
  return { answers, plan, warnings, git: dry ? undefined : await applyPlan(plan, host, signal) }
}

/** Where the files come from: the program itself, or a template that is fetched now, before anything is written. */
async function templateFor(answers: Answers, given: Given, { host, ask, show, signal }: Run) {
  const { template } = answers
  if (!template.source) {
    const { renderTemplate } = await import('./templates/render.js')
    return { answers, warnings: [], render: (values: Values) => renderTemplate(template, values) }
  }
  const { fetchForeign } = await import('./templates/remote/foreign.js')
  const { askForTrust } = await import('./questions/trust.js')
  const { fillForeign } = await import('./templates/remote/fill.js')
  const foreign = await fetchForeign(template.source, { host, signal, offline: given.offline === true })
  await askForTrust(foreign, given.trust === true, ask, show)
  const render: RenderAll = async (values) => fillForeign(foreign.files, values)
  return { answers: { ...answers, template: { ...template, id: foreign.id } }, warnings: foreign.warnings, render }
}

/** A version whose packages nobody has ready-made takes hours, at the first ./start and not here. */
function warnOfCosts({ template, python }: Answers, { warn }: Run): void {
  if (!template.python.compiled?.includes(python)) return
  warn?.(
    `Python ${python}: nixpkgs has no ready-made packages for it. The first ./start compiles about 500 of them, which takes ` +
      `hours. Ready-made: --python ${template.python.default}, or --template uv with any Python.`,
  )
}

/** What happens to a file of the user's: one rule for all, or a question with the difference before it. */
function decideBy({ onConflict }: Answers, { ask, show }: Run): Decide {
  if (onConflict !== 'merge' || !ask)
    return async ({ path }) => (onConflict === 'backup' && !PERSONAL.test(path) ? 'backup' : 'keep')
  return async (file, existing) => {
    const { diffOf } = await import('./base/diff.js')
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

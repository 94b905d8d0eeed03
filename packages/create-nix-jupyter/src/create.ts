import type { Host } from './base/host.js'
import type { Given } from './input/options.js'
import { decideBrought } from './plan/brought.js'
import { refuseOtherDisks } from './plan/disks.js'
import { type ComparedFile, compareFiles, differences, type PlannedFile, settleFiles } from './plan/files.js'
import { planGit } from './plan/git.js'
import type { RenderAll } from './plan/plan.js'
import type { Answers } from './questions/answers.js'
import { askPlace, askRest, beginInterview } from './questions/complete.js'
import { askForEach, type Decision } from './questions/merge.js'
import type { Ask } from './questions/question.js'
import { costsOf } from './report/costs.js'
import type { Outcome } from './report/outcome.js'

/** What a run needs from its front door. */
export interface Run {
  readonly host: Host
  readonly ask?: Ask | undefined
  /** Says at once what the user should know before anything is written. */
  readonly warn?: ((text: string) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * The street: each step takes what the one before it has made. All that is asked is asked before the last step, and until then
 * nothing of the project is on the disk.
 *
 * @throws {Failure} where there is no project in the end; then nothing of it is left
 */
export async function createProject(given: Given, run: Run): Promise<Outcome> {
  const { host, signal, warn } = run
  const isDry = given['dry-run'] === true
  const { answers: chosen, leftovers } = await settleAnswers(given, run, isDry)
  const { answers, render, warnings } = await openTemplate(chosen, given, run)
  const costs = costsOf(answers)
  if (costs) warn?.(costs)
  const { projectFiles } = await import('./plan/plan.js')
  const { files: wanted, command } = await projectFiles(answers, render)
  const compared = compareFiles(answers, wanted)
  const decisions = decideBrought(answers, await settleConflicts(answers, compared, run))
  const files = settleFiles(answers, compared, decisions)
  refuseMounted(answers, files)
  const plan = { target: answers.target, files, git: await planGit(answers, host), command }
  const { applyPlan } = await import('./apply/apply.js')
  const git = isDry ? undefined : await applyPlan(plan, host, signal)
  return { answers, plan, warnings: [...leftovers, ...warnings], git }
}

/** In a directory that exists, something may be mounted where a file goes. */
function refuseMounted({ target }: Answers, files: readonly PlannedFile[]): void {
  const written = files.filter(({ action }) => action === 'create' || action === 'backup')
  if (target.exists) {
    refuseOtherDisks(
      target.root,
      written.map((file) => file.path),
      target.typed,
    )
  }
}

/** The place first, where what killed runs have left is cleaned up; then all else. */
async function settleAnswers(given: Given, { host, ask }: Run, isDry: boolean) {
  const interview = beginInterview(given, host, ask)
  const leftovers = new Set<string>()
  for (;;) {
    const place = await askPlace(interview)
    if (place && !isDry) {
      // Not before: what it needs takes Node 3 ms to load, and somebody waits for the first question.
      const { cleanUp } = await import('./apply/clean-up.js')
      for (const leftover of cleanUp(place, host)) leftovers.add(leftover)
    }
    const answers = await askRest(interview)
    if (answers) return { answers, leftovers }
  }
}

/** Where the files come from: the program itself, or a template that is fetched and trusted now. */
async function openTemplate(answers: Answers, given: Given, { host, ask, signal }: Run) {
  const { template } = answers
  if (!template.source) {
    const { renderTemplate } = await import('./templates/render.js')
    const render: RenderAll = (values, features) => renderTemplate(template, features, values)
    return { answers, warnings: [], render }
  }
  const { fetchForeign } = await import('./templates/remote/foreign.js')
  const { askForTrust } = await import('./questions/trust.js')
  const { fillForeign } = await import('./templates/remote/fill.js')
  const foreign = await fetchForeign(template.source, { host, signal, offline: given.offline === true })
  await askForTrust(foreign, given.trust === true, ask)
  const render: RenderAll = async (values) => fillForeign(foreign.files, values)
  return { answers: { ...answers, template: { ...template, id: foreign.id } }, warnings: foreign.warnings, render }
}

/** What happens to files that are there and differ, where a person wants to say so of each. */
async function settleConflicts({ onConflict }: Answers, compared: readonly ComparedFile[], { ask }: Run) {
  return onConflict === 'merge' && ask ? askForEach(differences(compared), ask) : new Map<string, Decision>()
}

import { Failure } from '../base/errors.js'
import type { Host } from '../base/host.js'
import { type AnswerName, type AnswerOption, flagOf, type Given, type Option, questions } from '../input/options.js'
import { manifests } from '../templates/manifests.js'
import { type Answers, type Draft, readyMade, refuseUnknownConflict, take } from './answers.js'
import type { Claim } from './conflicts.js'
import type { Ask, Question } from './question.js'
import { reviewQuestion } from './review.js'
import { resolveTarget, type Target } from './target.js'

/** Where the answers come from, beside what was given. */
export interface Sources {
  readonly host: Host
  /** Looks at the folder as soon as it is known; undefined when the person wants another one. */
  readonly claim: (target: Target) => Promise<Claim | undefined>
  /** Absent where nobody can be asked. */
  readonly ask?: Ask | undefined
}

/** Completes what was given: by asking where somebody can answer, else by defaults; what then lacks is a `Failure`. */
export async function completeAnswers(given: Given, sources: Sources): Promise<Answers> {
  const draft: Draft = {}
  for (const { name } of questions) {
    const value = given[name]
    if (value !== undefined) take(draft, name, value, sources.host)
  }
  refuseUnknownConflict(given['on-conflict'])
  const asked: AnswerOption[] = draft.target ? [] : questions.filter(({ name }) => name === 'directory')
  await settleFolder(draft, sources)
  const missing: Option[] = draft.target ? [] : questions.filter(({ name }) => name === 'directory')
  for (const option of questions) {
    if (option.name === 'directory' || given[option.name] !== undefined) continue
    const initial = defaultOf(option.name, draft)
    const isAsked = sources.ask && !given.yes && !(option.name === 'packages' && draft.template?.source)
    if (sources.ask && isAsked) {
      asked.push(option)
      take(draft, option.name, await sources.ask(questionOf(option, initial, draft, sources)), sources.host)
    } else if (option.name !== 'template' || given.yes) {
      take(draft, option.name, initial, sources.host)
    } else {
      // The place and the template are never guessed; with --yes the template has a default.
      missing.push(option)
    }
  }
  if (missing.length === 0 && !given.yes) await reviewAnswers(draft, asked, sources)
  const { target, onConflict, template, python, packages, git } = draft
  if (!target || !onConflict || !template || python === undefined || !packages || git === undefined) {
    throw missingAnswers(missing)
  }
  if (template.source && packages.length > 0) {
    throw new Failure('usage', '--packages works with the built-in templates only.', {
      next: ['Add them to the project where this template keeps them.'],
    })
  }
  return { target, onConflict, template, python, packages, git }
}

/** Shows what was answered, and asks again what the person wants to change; nothing where one answer was all. */
async function reviewAnswers(draft: Draft, asked: readonly AnswerOption[], sources: Sources): Promise<void> {
  const { ask } = sources
  while (ask && asked.length > 1) {
    const answer = await ask(reviewQuestion(draft, asked))
    const again = asked.find(({ name }) => name === answer)
    if (!again) return
    if (again.name === 'directory') {
      delete draft.target
      await settleFolder(draft, sources)
    } else {
      take(draft, again.name, await ask(questionOf(again, answerOf(again.name, draft), draft, sources)), sources.host)
    }
  }
}

/** What was answered before, as a question shows it. */
function answerOf(name: AnswerName, { template, python, packages, git }: Draft): string | boolean {
  const typed = {
    directory: '',
    template: template?.id ?? '',
    python: python ?? '',
    packages: packages?.join(',') ?? '',
  }
  return { ...typed, git: git ?? true }[name]
}

/** Finds the folder: the given one, or the one that is asked for, until there is one that can be taken. */
async function settleFolder(draft: Draft, { host, claim, ask }: Sources): Promise<void> {
  const directory = questions.find(({ name }) => name === 'directory')
  let target = draft.target
  delete draft.target
  while (!draft.target) {
    if (!target && (!ask || !directory)) return
    if (!target && ask && directory) {
      const question = questionOf(directory, 'my-lab', draft, { host, claim })
      target = resolveTarget(String(await ask(question)), host)
    }
    Object.assign(draft, target && (await claim(target)))
    target = undefined
  }
}

function questionOf(option: AnswerOption, initial: string | boolean, draft: Draft, sources: Sources): Question {
  const all = option.choices ?? []
  const choices = option.name === 'python' ? all.filter(({ value }) => readyMade(draft.template).includes(value)) : all
  const check = (value: string) => {
    try {
      take({ ...draft }, option.name, value, sources.host)
      return undefined
    } catch (error) {
      if (error instanceof Failure) return [error.message, ...error.next].join(' ')
      throw error
    }
  }
  return { option, message: option.question, choices, initial, check }
}

function defaultOf(name: AnswerName, draft: Draft): string | boolean {
  const template = draft.template ?? manifests[0]
  const defaults = { directory: 'my-lab', template: template?.id ?? '', python: template?.python.default ?? '' }
  return { ...defaults, packages: '', git: true }[name]
}

function missingAnswers(missing: readonly Option[]): Failure {
  const flags = missing.map(flagOf)
  return new Failure('usage', `Missing required options (no terminal to ask): ${flags.join(', ')}`, {
    missing: flags,
    next: ['Next: npx create-nix-jupyter my-lab --yes', 'All options: create-nix-jupyter --help'],
  })
}

import type { Claim, OnConflict } from './claim.js'
import { Failure } from './errors.js'
import type { Host } from './host.js'
import { manifests, type Template } from './manifests.js'
import { nearest } from './nearest.js'
import {
  type AnswerName,
  type AnswerOption,
  type Choice,
  flagOf,
  type Given,
  type Option,
  options,
  questions,
} from './options.js'
import { parsePackages } from './packages.js'
import { reviewQuestion } from './review.js'
import { sourceOf } from './source.js'
import { resolveTarget, type Target } from './target.js'

/** Everything that decides what the project will be. */
export interface Answers {
  readonly target: Target
  readonly onConflict: OnConflict
  readonly template: Template
  readonly python: string
  readonly packages: readonly string[]
  readonly git: boolean
}

/** A question, read from the option table. */
export interface Question {
  readonly option: Option
  readonly message: string
  readonly choices: readonly Choice[]
  readonly initial: string | boolean
  /** Why a typed value is refused, or undefined. */
  readonly check: (value: string) => string | undefined
}

/** Puts a question to a person. */
export type Ask = (question: Question) => Promise<string | boolean>

type Draft = { -readonly [Key in keyof Answers]?: Answers[Key] }

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
    if (value !== undefined) take(draft, name, value, sources)
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
      take(draft, option.name, await sources.ask(questionOf(option, initial, draft, sources)), sources)
    } else if (option.name !== 'template' || given.yes) {
      take(draft, option.name, initial, sources)
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
      take(draft, again.name, await ask(questionOf(again, answerOf(again.name, draft), draft, sources)), sources)
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
      take({ ...draft }, option.name, value, sources)
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

/** Checks one value and puts it into the draft. */
function take(draft: Draft, name: AnswerName, value: string | boolean | readonly string[], sources: Sources): void {
  switch (name) {
    case 'directory':
      draft.target = resolveTarget(String(value), sources.host)
      break
    case 'template':
      draft.template = templateOf(String(value), sources.host)
      if (draft.python) refuseUnknownPython(draft.python, draft.template)
      break
    case 'python':
      refuseUnknownPython(String(value), draft.template)
      draft.python = String(value)
      break
    case 'packages':
      draft.packages = parsePackages(Array.isArray(value) ? value : [String(value)])
      break
    case 'git':
      draft.git = value === true
  }
}

function templateOf(id: string, host: Host): Template {
  const found = manifests.find((manifest) => manifest.id === id) ?? foreignTemplate(id, host)
  if (!found)
    throw notAChoice(
      'template',
      id,
      manifests.map((manifest) => manifest.id),
    )
  return found
}

/** A template from elsewhere has no manifest: any Python goes, and its packages are its own business. */
function foreignTemplate(typed: string, host: Host): Template | undefined {
  const source = sourceOf(typed, host)
  const python = { default: manifests[0]?.python.default ?? '', choices: pythonsOf(undefined) }
  return source && { id: typed, title: typed, hint: '', order: 0, python, packages: 'flake.nix', source }
}

function pythonsOf(template: Template | undefined): readonly string[] {
  return template?.python.choices ?? [...new Set(manifests.flatMap(({ python }) => python.choices))]
}

/** What is offered; the others can be given with the flag. */
function readyMade(template: Template | undefined): readonly string[] {
  return pythonsOf(template).filter((version) => !template?.python.compiled?.includes(version))
}

function refuseUnknownPython(version: string, template: Template | undefined): void {
  const choices = pythonsOf(template)
  if (!choices.includes(version)) throw notAChoice('python', version, choices)
}

function refuseUnknownConflict(value: string | undefined): void {
  const table: readonly Option[] = options
  const choices = table.find(({ name }) => name === 'on-conflict')?.choices?.map((choice) => choice.value) ?? []
  if (value !== undefined && !choices.includes(value)) throw notAChoice('on-conflict', value, choices)
}

function notAChoice(name: string, value: string, choices: readonly string[]): Failure {
  const meant = nearest(value, choices)
  return new Failure('usage', `Unknown ${name} "${value}".`, {
    next: [...(meant ? [`Did you mean "${meant}"?`] : []), `Available: ${choices.join(', ')}`],
  })
}

function missingAnswers(missing: readonly Option[]): Failure {
  const flags = missing.map(flagOf)
  return new Failure('usage', `Missing required options (no terminal to ask): ${flags.join(', ')}`, {
    missing: flags,
    next: ['Next: npx create-nix-jupyter my-lab --yes', 'All options: create-nix-jupyter --help'],
  })
}

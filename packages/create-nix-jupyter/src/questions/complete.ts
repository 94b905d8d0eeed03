import { Failure } from '../base/errors.js'
import type { Host } from '../base/host.js'
import { shellQuote } from '../base/shell.js'
import {
  type AnswerName,
  type AnswerOption,
  type Choice,
  flagOf,
  type Given,
  optionOf,
  questions,
} from '../input/options.js'
import { type Answers, type Draft, pythonsOf, readyMade, refuseUnknownConflict, take } from './answers.js'
import { claimDirectory } from './conflicts.js'
import { defaultFeatures, exactly, featuresFor, refuseMisfits } from './features.js'
import { askToBring, readFrom, settleFrom } from './from.js'
import { parsePackages } from './packages.js'
import type { Answer, Ask, Question } from './question.js'
import { reviewQuestion } from './review.js'
import type { Target } from './target.js'

/** What was given and what was answered so far. */
export interface Interview {
  readonly given: Given
  readonly host: Host
  /** Absent where nobody can be asked. */
  readonly ask: Ask | undefined
  readonly draft: Draft
  /** What has been asked, in the order of the questions. */
  readonly asked: Set<AnswerOption>
}

/**
 * Begins with what was given.
 *
 * @throws {Failure} where something of it cannot be taken
 */
export function beginInterview(given: Given, host: Host, ask: Ask | undefined): Interview {
  const draft: Draft = {}
  for (const { name } of questions) {
    const value = given[name]
    if (value !== undefined) take(draft, name, value, host)
  }
  refuseUnknownConflict(given['on-conflict'])
  return { given, host, ask, draft, asked: new Set() }
}

/**
 * The directory: the given one, or the one that is asked for.
 *
 * @returns undefined where nobody can be asked
 * @throws {Failure} where no project can be there
 */
export async function askPlace(interview: Interview): Promise<Target | undefined> {
  const { draft, ask, asked } = interview
  const [directory] = questions
  if (!draft.target && ask && directory) {
    asked.add(directory)
    takeAnswer(directory, await ask(questionOf(directory, interview)), interview)
  }
  return draft.target
}

/**
 * Completes the answers: by asking where somebody can answer, else by defaults.
 *
 * @returns undefined when the person wants another directory
 * @throws {Failure} where answers are missing, or do not go together
 */
export async function askRest(interview: Interview): Promise<Answers | undefined> {
  const { given, draft, ask } = interview
  if (draft.target && !draft.onConflict) {
    const claim = await claimDirectory(draft.target, given['on-conflict'], ask)
    if (!claim) return elsewhere(draft)
    Object.assign(draft, claim)
  }
  await takeFrom(interview)
  for (const option of questions) await answer(option, interview)
  const isSettled = given.yes || (await review(interview))
  return isSettled ? complete(interview) : elsewhere(draft)
}

/** What the user brings is read before the other questions, which it may answer. */
async function takeFrom({ given, draft, ask, host }: Interview): Promise<void> {
  const typed = given.from ?? (await typedInPlace(given, draft, ask))
  if (typed !== undefined) draft.from = await readFrom(typed, pythonsOf(undefined), host)
}

async function typedInPlace(given: Given, { target }: Draft, ask: Ask | undefined): Promise<string | undefined> {
  return target && !given.yes && (await askToBring(target, ask)) ? target.typed : undefined
}

async function answer(option: AnswerOption, interview: Interview): Promise<void> {
  const { given, draft, ask, asked } = interview
  if (option.name === 'directory' || draft[KEYS[option.name]] !== undefined) return
  if (ask && !given.yes && isOpen(option, draft)) {
    asked.add(option)
    takeAnswer(option, await ask(questionOf(option, interview)), interview)
  } else if (option.name !== 'template' || given.yes) {
    // The template is never guessed; with --yes it has a default.
    takeAnswer(option, initialOf(option, draft), interview)
  }
}

/** Where the answer to each question is kept. */
const KEYS = {
  directory: 'target',
  template: 'template',
  python: 'python',
  packages: 'packages',
  with: 'features',
  git: 'git',
} as const satisfies Record<AnswerName, keyof Draft>

/** Whether there is something to choose: a remote template takes neither packages nor features, and what is brought has packages. */
function isOpen({ name }: AnswerOption, { template, from }: Draft): boolean {
  if (name === 'packages') return !template?.source && !from
  return name !== 'with' || featuresFor(template).length > 0
}

/** Of several choices, a person has seen all, so the answer is exactly those; a flag adds to the default ones. */
function takeAnswer({ name }: AnswerOption, answer: Answer, { draft, host }: Interview): void {
  take(draft, name, typeof answer === 'object' ? exactly(answer) : answer, host)
}

/** Shows what was answered, and asks again what the person wants to change; false when that is the directory. */
async function review(interview: Interview): Promise<boolean> {
  const { ask, draft } = interview
  const asked = questions.filter((option) => interview.asked.has(option))
  while (ask && asked.length > 1) {
    const wanted = await ask(reviewQuestion(draft, asked))
    const again = asked.find(({ name }) => name === wanted)
    if (!again) return true
    if (again.name === 'directory') return false
    takeAnswer(again, await ask(questionOf(again, interview)), interview)
    // Another template may not go with what was chosen for this one.
    if (again.name === 'template' && draft.features) draft.features = draft.features.filter(fits(draft.template))
  }
  return true
}

function elsewhere(draft: Draft): undefined {
  delete draft.target
  delete draft.onConflict
  delete draft.from
}

function complete({ given, draft }: Interview): Answers {
  const { target, onConflict, template, python, packages, features, git, from } = draft
  if (!target || !onConflict || !template || python === undefined || !packages || !features || git === undefined) {
    const names = [...(target ? [] : ['directory' as const]), ...(template || given.yes ? [] : ['template' as const])]
    throw missingAnswers(names, target?.typed)
  }
  if (template.source && (packages.length > 0 || from)) {
    const option = packages.length > 0 ? '--packages' : '--from'
    throw new Failure('usage', `${option} works with the built-in templates only.`, {
      next: ['Next: add them to the project where this template keeps them.'],
    })
  }
  refuseMisfits(features, template)
  const answers = { target, onConflict, template, python, packages, features, git }
  if (!from) return answers
  const settled = settleFrom(from, template, python)
  return { ...answers, packages: parsePackages([...settled.packages, ...packages]), from: { ...from, ...settled } }
}

/** A question with what was answered before, or with the default. */
function questionOf(option: AnswerOption, { draft, host }: Interview): Question {
  const check = (value: string | readonly string[]) => {
    try {
      const tried = { ...draft }
      take(tried, option.name, typeof value === 'object' ? exactly(value) : value, host)
      if (option.name === 'with' && tried.features && tried.template) refuseMisfits(tried.features, tried.template)
      return undefined
    } catch (error) {
      if (error instanceof Failure) return [error.message, ...error.next].join(' ')
      throw error
    }
  }
  return {
    kind: kindOf(option),
    message: option.question,
    choices: choicesOf(option, draft),
    initial: initialOf(option, draft),
    check,
  }
}

function kindOf({ kind, choices }: AnswerOption): Question['kind'] {
  if (kind !== 'list') return kind
  return choices ? 'several' : 'text'
}

/** The choices that go with what was answered before. */
function choicesOf({ name, choices = [] }: AnswerOption, { template }: Draft): readonly Choice[] {
  if (name === 'python') return choices.filter(({ value }) => readyMade(template).includes(value))
  return name === 'with' ? choices.filter(({ value }) => fits(template)(value)) : choices
}

function fits(template: Draft['template']) {
  return (id: string) => featuresFor(template).some((feature) => feature.id === id)
}

function initialOf({ name, default: otherwise }: AnswerOption, draft: Draft): Answer {
  const { template, python, packages, features, git } = draft
  switch (name) {
    case 'directory':
      return otherwise
    case 'template':
      return template?.id ?? otherwise
    case 'python':
      return python ?? initialPython(draft) ?? otherwise
    case 'packages':
      return packages?.join(',') ?? otherwise
    case 'with':
      return features ?? defaultFeatures(template)
    case 'git':
      return git ?? otherwise
  }
}

/** The template's own, unless what is brought asks for another that there is. */
function initialPython({ template, from }: Draft): string | undefined {
  const own = template?.python.default
  const fitting = readyMade(template).filter((version) => from?.python?.fitting.includes(version) ?? true)
  return own && fitting.includes(own) ? own : (fitting.at(-1) ?? own)
}

function missingAnswers(names: readonly AnswerName[], directory = 'my-lab'): Failure {
  const flags = names.map((name) => flagOf(optionOf(name)))
  return new Failure('usage', `Missing required options (no terminal to ask): ${flags.join(', ')}`, {
    missing: flags,
    next: [`Next: npx create-nix-jupyter ${shellQuote(directory)} --yes`, 'All options: npx create-nix-jupyter --help'],
  })
}

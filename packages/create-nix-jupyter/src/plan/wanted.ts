import { Failure } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { RECORD } from '../base/own-names.js'
import { shellQuote } from '../base/shell.js'
import type { Answers } from '../questions/answers.js'
import { exactly, type Misfit, misfitIn, parseFeatures } from '../questions/features.js'
import { notAChoice } from '../questions/not-a-choice.js'
import { parsePackages, sortPackages } from '../questions/packages.js'
import { features as known, type Template } from '../templates/manifests.js'
import type { ProjectFile } from '../templates/render.js'
import type { Origin } from './origin.js'
import type { Past } from './past.js'
import { projectFiles } from './plan.js'

/** What a project shall be: what it was, with some of it changed. */
export interface Wanted {
  readonly python: string
  readonly packages: readonly string[]
  readonly features: readonly string[]
  /** Which state of a remote template; a template of this version has but one. */
  readonly state: 'recorded' | 'newest'
}

/** What a project was. */
export function wantedBefore({ python, packages, features = [] }: Past): Wanted {
  return { python, packages, features, state: 'recorded' }
}

/** Whether the same answers are wanted as there were. */
export function isSameAsBefore(wanted: Wanted, past: Past): boolean {
  const answers = ({ python, packages, features }: Wanted) => [python, packages, features].join('\n')
  return answers(wanted) === answers(wantedBefore(past))
}

/**
 * Checks what is wanted, as it is checked where a project is made. What cannot be taken and stands in the record is said of the record.
 *
 * @throws {Failure} where this version cannot make such a project
 */
export function answersFor(past: Past, wanted: Wanted, template: Template, root: string): Answers {
  const { name, git } = past
  if (template.source) refuseForeign(wanted)
  checkPython(past, wanted, template)
  const features = checkFeatures(past, wanted)
  const misfit = misfitIn(features, template)
  if (misfit) throw explainMisfit(misfit, past)
  const packages = checkPackages(past, wanted, template)
  const target = { root, typed: root, name, exists: true, firstMissing: root, unusual: false }
  return { target, onConflict: 'error', template, python: wanted.python, packages, features, git }
}

/**
 * Renders all files of such a project in memory, with the record.
 *
 * @throws {Failure} as projectFiles does
 */
export async function renderAnswers(answers: Answers, { render }: Origin): Promise<ProjectFile[]> {
  return (await projectFiles(answers, render)).files
}

function refuseForeign({ features, packages }: Wanted): void {
  if (features.length === 0 && packages.length === 0) return
  throw new Failure('usage', 'Features and packages are for projects of the built-in templates only.', {
    next: ['Next: add them to the project where its template keeps them'],
  })
}

function checkPython(past: Past, { python }: Wanted, template: Template): void {
  const { choices } = template.python
  if (choices.includes(python)) return
  if (python !== past.python) throw notAChoice('python', python, choices)
  throw new Failure('usage', `${RECORD} names Python "${python}", which this version does not have.`, {
    next: [`Available: ${choices.join(', ')}`, `Next: npx create-nix-jupyter set --python ${template.python.default}`],
  })
}

function checkFeatures(past: Past, wanted: Wanted): string[] {
  const ids = known.map(({ id }) => id)
  const lost = wanted.features.find((id) => past.features?.includes(id) && !ids.includes(id))
  if (lost === undefined) return parseFeatures(exactly(wanted.features))
  const meant = nearest(lost, ids)
  const remove = `npx create-nix-jupyter remove ${lost}`
  throw new Failure('usage', `${RECORD} names the feature "${lost}", which this version does not have.`, {
    next: meant ? [`Did you mean "${meant}"? Then correct it there. Or take it out: ${remove}`] : [`Next: ${remove}`],
  })
}

function checkPackages(past: Past, { packages, python }: Wanted, template: Template): string[] {
  const found = goodPackages(packages, template, python)
  if (!(found instanceof Failure)) return found
  if (packages.join() !== past.packages.join()) throw found
  const good = packages.filter((one) => !(goodPackages([one], template, python) instanceof Failure))
  const options = [...(python === past.python ? [] : ['--python', python]), '--packages', good.join() || 'none']
  throw new Failure('usage', `${RECORD}, packages: ${found.message.replace(/^--packages /, '')}`, {
    next: [`Next: npx create-nix-jupyter set ${options.map(shellQuote).join(' ')}`],
  })
}

/** The packages as they are written, or why one of them cannot be had. */
function goodPackages(packages: readonly string[], template: Template, python: string): string[] | Failure {
  try {
    const parsed = parsePackages(packages)
    sortPackages(parsed, template, python)
    return parsed
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
}

/** In the words of `add` and `remove`, which have led to it. */
function explainMisfit(misfit: Misfit, { template, features = [] }: Past): Failure {
  const { id } = misfit
  const hasIt = features.includes(id)
  if ('templates' in misfit) {
    return new Failure('usage', `${id} does not work with the template ${template}.`, {
      next: [`It works with ${misfit.templates.join(', ')}.`],
    })
  }
  if ('excluded' in misfit) {
    const other = hasIt ? id : misfit.excluded
    return new Failure('usage', `${id} and ${misfit.excluded} cannot be in one project.`, {
      next: [`Next: npx create-nix-jupyter remove ${other}`],
    })
  }
  const { missing } = misfit
  return new Failure('usage', `${id} needs ${missing.join(', ')}.`, {
    next: [`Next: npx create-nix-jupyter ${hasIt ? 'remove' : 'add'} ${[...missing, id].join(' ')}`],
  })
}

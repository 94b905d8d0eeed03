import { Failure } from '../base/errors.js'
import type { Answers } from '../questions/answers.js'
import { exactly, type Misfit, misfitIn, parseFeatures } from '../questions/features.js'
import { notAChoice } from '../questions/not-a-choice.js'
import { parsePackages } from '../questions/packages.js'
import { type Manifest, manifests } from '../templates/manifests.js'
import { type ProjectFile, renderTemplate } from '../templates/render.js'
import { projectFiles } from './plan.js'
import type { Past } from './read-record.js'

/** What a project shall be: what it was, with some of it changed. */
export interface Wanted {
  readonly python: string
  readonly packages: readonly string[]
  readonly features: readonly string[]
}

/** What a project was. */
export function wantedBefore({ python, packages, features = [] }: Past): Wanted {
  return { python, packages, features }
}

/**
 * Checks what is wanted, as it is checked where a project is made.
 *
 * @throws {Failure} where this version cannot make such a project
 */
export function answersFor(past: Past, wanted: Wanted, root: string): Answers {
  const template = templateOf(past)
  const { choices } = template.python
  if (!choices.includes(wanted.python)) throw notAChoice('python', wanted.python, choices)
  const features = parseFeatures(exactly(wanted.features))
  const misfit = misfitIn(features, template)
  if (misfit) throw explainMisfit(misfit, past)
  const { name, git } = past
  const target = { root, typed: root, name, exists: true, firstMissing: root, unusual: false }
  const packages = parsePackages(wanted.packages)
  return { target, onConflict: 'error', template, python: wanted.python, packages, features, git }
}

/** Renders all files of such a project in memory, with the record. */
export async function renderAnswers(answers: Answers): Promise<ProjectFile[]> {
  const render = (values: Parameters<typeof renderTemplate>[2], features: Parameters<typeof renderTemplate>[1]) =>
    renderTemplate(answers.template, features, values)
  return (await projectFiles(answers, render)).files
}

function templateOf({ template, version }: Past): Manifest {
  const found = manifests.find(({ id }) => id === template)
  if (found) return found
  if (/[/\\]/.test(template)) {
    throw new Failure('usage', `The project was made from a template from elsewhere, ${template}.`, {
      next: ['Only projects from the built-in templates can be changed by this program.'],
    })
  }
  throw new Failure('usage', `The project was made from the template ${template}, which this version does not have.`, {
    next: [`Next: keep using create-nix-jupyter@${version} for it`],
  })
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

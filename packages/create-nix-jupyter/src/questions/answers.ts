import { Failure } from '../base/errors.js'
import type { Host } from '../base/host.js'
import { type AnswerName, optionOf } from '../input/options.js'
import { manifests, type Template } from '../templates/manifests.js'
import { cloneFirst, sourceOf } from '../templates/remote/source.js'
import type { OnConflict } from './conflicts.js'
import { parseFeatures } from './features.js'
import type { From } from './from.js'
import { notAChoice } from './not-a-choice.js'
import { parsePackages } from './packages.js'
import { resolveTarget, type Target } from './target.js'

/** Everything that decides what the project will be. */
export interface Answers {
  readonly target: Target
  readonly onConflict: OnConflict
  readonly template: Template
  readonly python: string
  readonly packages: readonly string[]
  /** The ids of features, sorted. */
  readonly features: readonly string[]
  readonly git: boolean
  /** What is brought from elsewhere; its packages are among the others. */
  readonly from?: From
}

/** Answers that are not all there yet. */
export type Draft = { -readonly [Key in keyof Answers]?: Answers[Key] }

/**
 * Checks one value and puts it into the draft.
 *
 * @throws {Failure} where the value is none that this option takes
 */
export function take(draft: Draft, name: AnswerName, value: string | boolean | readonly string[], host: Host): void {
  switch (name) {
    case 'directory':
      draft.target = resolveTarget(String(value), host)
      break
    case 'template':
      draft.template = templateOf(String(value), host)
      if (draft.python) refuseUnknownPython(draft.python, draft.template)
      break
    case 'python':
      refuseUnknownPython(String(value), draft.template)
      draft.python = String(value)
      break
    case 'packages':
      draft.packages = parsePackages(Array.isArray(value) ? value : [String(value)])
      break
    case 'with':
      draft.features = parseFeatures(Array.isArray(value) ? value : [String(value)])
      break
    case 'git':
      draft.git = value === true
  }
}

function templateOf(id: string, host: Host): Template {
  const found = manifests.find((manifest) => manifest.id === id) ?? foreignTemplate(id, host)
  // With a scheme, or as ssh has it.
  if (!found && /^[a-z][a-z+]*:\/\/|^[\w.-]+(@[\w.-]+:|:\S*\/)/.test(id)) {
    throw new Failure('usage', `--template ${id}: templates are not read from such an address.`, {
      next: [cloneFirst(id)],
    })
  }
  if (!found)
    throw notAChoice(
      'template',
      id,
      manifests.map((manifest) => manifest.id),
    )
  return found
}

/** A remote template has no manifest: any Python goes, and its packages are its own business. */
export function foreignTemplate(typed: string, host: Host): Template | undefined {
  const source = sourceOf(typed, host)
  const python = { default: manifests[0]?.python.default ?? '', choices: pythonsOf(undefined) }
  return source && { id: typed, title: typed, hint: '', order: 0, python, packages: 'flake.nix', source }
}

/** The versions of Python that a template has, or that any has. */
export function pythonsOf(template: Template | undefined): readonly string[] {
  return template?.python.choices ?? [...new Set(manifests.flatMap(({ python }) => python.choices))]
}

/** The versions of Python that are offered; the others can be given with the flag. */
export function readyMade(template: Template | undefined): readonly string[] {
  return pythonsOf(template).filter((version) => !template?.python.compiled?.includes(version))
}

function refuseUnknownPython(version: string, template: Template | undefined): void {
  const choices = pythonsOf(template)
  if (!choices.includes(version)) throw notAChoice('python', version, choices)
}

/** @throws {Failure} where nothing of that name can be done about files that are there */
export function refuseUnknownConflict(value: string | undefined): void {
  const choices = optionOf('on-conflict').choices?.map((choice) => choice.value) ?? []
  if (value !== undefined && !choices.includes(value)) throw notAChoice('on-conflict', value, choices)
}

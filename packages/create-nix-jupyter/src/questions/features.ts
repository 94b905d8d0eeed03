import { Failure } from '../base/errors.js'
import { type FeatureManifest, features, type Template } from '../templates/manifests.js'
import { notAChoice } from './not-a-choice.js'

/** Takes the default features out, where it stands among the names. */
const NONE = 'none'

const DEFAULTS = features.filter((feature) => feature.default).map(({ id }) => id)

/**
 * The features that are meant: those which are named, and the default ones, unless `none` is among the names.
 *
 * @returns ids, sorted
 * @throws {Failure} for what is not the name of a feature
 */
export function parseFeatures(typed: readonly string[]): string[] {
  const words = typed.flatMap((text) => text.split(/[,\s]+/)).filter(Boolean)
  const named = words.filter((word) => word !== NONE)
  const ids = features.map(({ id }) => id)
  const unknown = named.find((word) => !ids.includes(word))
  // Where it was given already, as by the command add, it would be no help.
  if (unknown !== undefined) throw notAChoice('feature', unknown, words.includes(NONE) ? ids : [...ids, NONE])
  return [...new Set([...(words.includes(NONE) ? [] : DEFAULTS), ...named])].sort()
}

/** What `parseFeatures` takes for these and no others. */
export function exactly(ids: readonly string[]): string[] {
  return [NONE, ...ids]
}

/** The features that a project has where nobody has said otherwise. */
export function defaultFeatures(template: Template | undefined): readonly string[] {
  return template?.source ? [] : DEFAULTS
}

/** How features are written for `--with`, so that the same ones are understood; nothing where they are the default ones. */
export function writtenFeatures(ids: readonly string[]): string[] {
  const hasDefaults = DEFAULTS.every((id) => ids.includes(id))
  return hasDefaults ? ids.filter((id) => !DEFAULTS.includes(id)) : exactly(ids)
}

/** The features that a template can have; a remote template knows nothing of them. */
export function featuresFor(template: Template | undefined): readonly FeatureManifest[] {
  if (template?.source) return []
  return features.filter((feature) => !template || !feature.templates || feature.templates.includes(template.id))
}

/** Why a feature cannot be in a project: its template, a feature that it excludes, or some that it needs. */
export type Misfit =
  | { readonly id: string; readonly templates: readonly string[] }
  | { readonly id: string; readonly excluded: string }
  | { readonly id: string; readonly missing: readonly string[] }

/**
 * The first feature that does not fit the template, else the others. What is missing comes last: to add it is no help where the
 * features exclude each other anyway, or one of them excludes what is missing.
 */
export function misfitIn(ids: readonly string[], template: Template): Misfit | undefined {
  const chosen = features.filter(({ id }) => ids.includes(id))
  const fitting = featuresFor(template)
  const unfit = chosen.find((feature) => !fitting.includes(feature))
  if (unfit) return { id: unfit.id, templates: unfit.templates ?? [] }
  for (const { id, excludes = [] } of chosen) {
    const brings = (other: FeatureManifest) => [other.id, ...(other.needs ?? [])]
    const excluded = chosen.find((other) => brings(other).some((name) => excludes.includes(name)))
    if (excluded) return { id, excluded: excluded.id }
  }
  for (const { id, needs = [] } of chosen) {
    const missing = needs.filter((other) => !ids.includes(other))
    if (missing.length > 0) return { id, missing }
  }
  return undefined
}

/** @throws {Failure} where the features do not fit the template, or each other */
export function refuseMisfits(ids: readonly string[], template: Template): void {
  if (template.source && ids.length > 0) {
    throw new Failure('usage', '--with works with the built-in templates only.', { next: ['Next: --with none'] })
  }
  const misfit = misfitIn(ids, template)
  if (!misfit) return
  const { id } = misfit
  if ('templates' in misfit) {
    throw new Failure('usage', `--with ${id} does not work with --template ${template.id}.`, {
      next: [`Next: choose one of the templates ${misfit.templates.join(', ')}, or leave ${id} out`],
    })
  }
  if ('excluded' in misfit) {
    const left = writtenFeatures(ids.filter((other) => other !== misfit.excluded))
    throw new Failure('usage', `--with ${id} and ${misfit.excluded} cannot be in one project.`, {
      next: [`Next: --with ${left.join(',')}`],
    })
  }
  const more = writtenFeatures([...ids, ...misfit.missing].sort())
  throw new Failure('usage', `--with ${id} needs ${misfit.missing.join(', ')}.`, {
    next: [`Next: --with ${more.join(',')}`],
  })
}

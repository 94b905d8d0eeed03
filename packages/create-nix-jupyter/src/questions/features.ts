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
  if (unknown !== undefined) throw notAChoice('feature', unknown, [...ids, NONE])
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

/** @throws {Failure} where the features do not fit the template, or each other */
export function refuseMisfits(ids: readonly string[], template: Template): void {
  if (template.source && ids.length > 0) {
    throw new Failure('usage', '--with works with the built-in templates only.', { next: ['Next: --with none'] })
  }
  for (const { id, excludes = [], needs = [], templates = [] } of features.filter((feature) =>
    ids.includes(feature.id),
  )) {
    if (!featuresFor(template).some((feature) => feature.id === id)) {
      throw new Failure('usage', `--with ${id} does not work with --template ${template.id}.`, {
        next: [`Next: choose one of the templates ${templates.join(', ')}, or leave ${id} out`],
      })
    }
    const excluded = excludes.find((other) => ids.includes(other))
    if (excluded) {
      const left = writtenFeatures(ids.filter((other) => other !== excluded))
      throw new Failure('usage', `--with ${id} and ${excluded} cannot be in one project.`, {
        next: [`Next: --with ${left.join(',')}`],
      })
    }
    const missing = needs.filter((other) => !ids.includes(other))
    if (missing.length > 0) {
      const more = writtenFeatures([...ids, ...missing].sort())
      throw new Failure('usage', `--with ${id} needs ${missing.join(', ')}.`, {
        next: [`Next: --with ${more.join(',')}`],
      })
    }
  }
}

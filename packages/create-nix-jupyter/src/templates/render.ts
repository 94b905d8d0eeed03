import { type Feature, withSettings } from './features.js'
import { loadTemplate, type Values } from './load.js'
import type { Manifest } from './manifests.js'

/** A file of the project, before it is written. */
export interface ProjectFile {
  /** Relative to the project, with slashes. */
  readonly path: string
  readonly content: Buffer
  readonly executable: boolean
  readonly origin: 'shared' | 'template' | 'feature' | 'generated' | 'brought'
  /** What git gets, where that is something else: a notebook without its outputs. */
  readonly inGit?: Buffer
}

/**
 * Renders all files of a template and of features in memory, sorted by path. A file that comes out empty is left out.
 *
 * @throws {Failure} where the installed program is damaged
 */
export async function renderTemplate(
  template: Manifest,
  features: readonly Feature[],
  values: Values,
): Promise<ProjectFile[]> {
  const settingsFor = (file: string) => features.flatMap(({ settings }) => settings[file] ?? [])
  const files = [...(await loadTemplate(template)), ...features.flatMap((feature) => feature.files)]
    .map(({ contentFor, ...file }) => ({ ...file, content: withSettings(contentFor(values), settingsFor(file.path)) }))
    .filter(({ content }) => content.length > 0)
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

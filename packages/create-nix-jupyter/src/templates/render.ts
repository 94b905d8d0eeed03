import { loadTemplate, type Values } from './load.js'
import type { Manifest } from './manifests.js'

/** A file of the project, before it is written. */
export interface ProjectFile {
  /** Relative to the project, with slashes. */
  readonly path: string
  readonly content: Buffer
  readonly executable: boolean
  readonly origin: 'shared' | 'template' | 'generated' | 'brought'
}

/** Renders all files of a template in memory, sorted by path. A file that comes out empty is left out. */
export async function renderTemplate(template: Manifest, values: Values): Promise<ProjectFile[]> {
  const files = [...(await loadTemplate(template))]
    .map(({ contentFor, ...file }) => ({ ...file, content: contentFor(values) }))
    .filter(({ content }) => content.length > 0)
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

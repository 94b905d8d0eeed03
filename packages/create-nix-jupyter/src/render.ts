import { loadTemplate, type Values } from './templates.js'

/** A file of the project, before it is written. */
export interface ProjectFile {
  /** Relative to the project, with slashes. */
  readonly path: string
  readonly content: Buffer
  readonly executable: boolean
  readonly origin: 'shared' | 'template' | 'generated'
}

/** Renders all files of a template in memory, sorted by path. A file that comes out empty is left out. */
export async function renderTemplate(id: string, values: Values): Promise<ProjectFile[]> {
  const rendered = [...(await loadTemplate(id))].map(async ({ path, executable, origin, contentFor }) => ({
    path,
    content: await contentFor(values),
    executable,
    origin,
  }))
  const files = (await Promise.all(rendered)).filter(({ content }) => content.length > 0)
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

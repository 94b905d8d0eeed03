import { escapes } from './escape.js'
import { loadTemplate, type StoredFile, type Values } from './templates.js'

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
  const stored = await loadTemplate(id)
  const rendered = [...stored].map(async ([path, { origin, file }]) => ({
    path,
    content: await contentOf(file, values),
    executable: file[1] === 1,
    origin,
  }))
  const files = (await Promise.all(rendered)).filter(({ content }) => content.length > 0)
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

async function contentOf([path, , body, target]: StoredFile, values: Values): Promise<Buffer> {
  if (typeof body === 'string') return Buffer.from(body)
  if (typeof body === 'function') return Buffer.from(body(values, target ? escapes[target] : refuseEscape(path)))
  const { brotliDecompressSync } = await import('node:zlib')
  return brotliDecompressSync(Buffer.from(body.brotli, 'base64'))
}

/** The build refuses `<%=` in files without a target; nothing unescaped can slip through here either. */
function refuseEscape(path: string): () => never {
  return () => {
    throw new Error(`${path} has no escape target`)
  }
}

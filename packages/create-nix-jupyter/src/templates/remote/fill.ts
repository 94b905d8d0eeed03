import path from 'node:path'
import { Failure } from '../../base/errors.js'
import { escapes } from '../escape.js'
import targets from '../escape-targets.json' with { type: 'json' }
import type { Values } from '../load.js'
import type { ProjectFile } from '../render.js'

/**
 * Fills `{{name}}`, `{{slug}}`, `{{python}}` and `{{pythonAttr}}` in, escaped for the kind of file.
 *
 * @throws {Failure} where a value would break the file
 */
export function fillForeign(files: readonly ProjectFile[], values: Values): ProjectFile[] {
  return files.map((file) => {
    const text = file.content.toString('utf8')
    if (!text.includes('{{') || !Buffer.from(text).equals(file.content)) return file
    const filled = text.replace(/\{\{(name|slug|python|pythonAttr)\}\}/g, (_, key: 'name') =>
      escapedFor(file.path, values[key]),
    )
    return { ...file, content: Buffer.from(filled) }
  })
}

/** In code nobody knows which quotes stand around it, so what any quotes could take for their end is refused. */
function escapedFor(file: string, value: string): string {
  const target = Object.entries(targets).find(([extension]) => extension === path.extname(file))?.[1]
  if (target === 'markdown') return escapes.markdown(value)
  if ((target ? /^[^'"`\\${}\p{Cc}]*$/u : /^[A-Za-z0-9._-]+$/).test(value)) return value
  throw new Failure('usage', `"${value}" cannot be put into ${file} without breaking it.`, {
    next: ['Next: choose a name without quotes and signs, or use {{slug}} in that file.'],
  })
}

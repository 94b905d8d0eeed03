import path from 'node:path'
import type { Answers } from '../questions/answers.js'
import { isInPlace } from '../questions/from.js'
import type { Decision } from '../questions/merge.js'
import type { ProjectFile } from '../templates/render.js'

/** Whether git keeps notebooks without outputs. It can only once the project was entered, and the first commit is made before. */
const FILTERS = /^\*\.ipynb .*\bfilter=/m

/**
 * The notebooks that are brought, as files of the project. They are the user's own: the record does not have them, so that no
 * later change touches them. One with the name of a file of the template gets another name.
 */
export function broughtFiles({ from, target }: Answers, files: readonly ProjectFile[]): ProjectFile[] {
  if (!from || isInPlace(from, target)) return []
  const taken = new Set(files.map((file) => file.path.toLowerCase()))
  const isFiltered = files.some(
    ({ path: file, content }) => file === '.gitattributes' && FILTERS.test(content.toString()),
  )
  return from.notebooks.map(({ path: wanted, content, withoutOutputs }) => {
    const free = freeName(wanted, taken)
    taken.add(free.toLowerCase())
    const inGit = isFiltered && withoutOutputs ? { inGit: withoutOutputs } : {}
    return { path: free, content, executable: false, origin: 'brought', ...inGit }
  })
}

/** A file whose packages were brought makes room for the project's: what it said stands there now, and it stays as a backup. */
export function decideBrought(
  { from, target, onConflict }: Answers,
  decisions: ReadonlyMap<string, Decision>,
): ReadonlyMap<string, Decision> {
  if (!from || onConflict === 'merge' || !isInPlace(from, target)) return decisions
  const read = from.files.map((file) => path.relative(target.root, file).split(path.sep).join('/'))
  return new Map([...decisions, ...read.map((file) => [file, 'backup'] as const)])
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  const stem = wanted.replace(/\.ipynb$/, '')
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${stem}-${number}.ipynb`
    if (!taken.has(name.toLowerCase())) return name
  }
}

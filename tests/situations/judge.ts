import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Reference } from './reference.ts'
import { filesOf, hash, look, type Tree } from './tree.ts'

/** What a run has left on the disk. */
export type Verdict = {
  state: 'whole' | 'half' | 'another project' | 'empty directory' | 'nothing'
  /** how many of its files are as they should be */
  have: number
  /** so many */
  of: number
  /** the directory it is in, when that is another one than was asked for */
  elsewhere?: string
  /** new things beside the project */
  left: string[]
  /** files of the user whose content is nowhere any more */
  lost: string[]
  /** files of the user that have another name now */
  moved: string[]
}

export type Question = {
  /** the directory that is looked at */
  box: string
  before: Tree
  /** the directory it should be in */
  project: string
  /** any of them will do; without one, nothing can be whole */
  references: Reference[]
  /** projects that were not asked for */
  others?: Reference[]
  /** files that were in the project's directory before, with their content */
  mine?: Mine
}

export type Mine = { [path: string]: string | Buffer }

/**
 * Say what is there. The same rule for every program: a project is whole when each file of an ordinary run is there
 * with the same bytes, or is the user's own file, kept.
 */
export function judge({ box, before, project, references, others = [], mine = {} }: Question): Verdict {
  const after = look(box)
  const place = relative(box, project)
  const added = [...after.keys()].filter((path) => !before.has(path))
  const isInside = (path: string) => path === place || path.startsWith(place ? `${place}/` : '')
  const left = topmost(added.filter((path) => !isInside(path)))
  const fate = fateOf(mine, { before, after, place, box })
  const { lost, moved } = fate

  const where = { box, place, mine, renamed: place.split('/').at(-1) !== 'app' }
  const inPlace = best(references, after, where)
  const isTouched = added.some(isInside) || fate.lost.length + fate.moved.length + fate.merged > 0
  const isEmptyDirectory =
    after.get(place)?.kind === 'directory' && !before.has(place) && filesOf(after, place).size === 0
  const state = stateOf(inPlace, { isTouched, isEmptyDirectory })
  const other = best(others, after, where)
  if (state === 'half' && isWhole(other)) return { state: 'another project', ...inPlace, left, lost, moved }
  if (state === 'half' || state === 'whole') return { state, ...inPlace, left, lost, moved }
  for (const directory of left.filter((path) => after.get(path)?.kind === 'directory')) {
    const there = best(references, after, { box, place: directory, mine: {}, renamed: true })
    if (isWhole(there)) {
      const elsewhere = relative(join(place, '..'), directory)
      return { state: 'whole', ...there, elsewhere, left: left.filter((path) => path !== directory), lost, moved }
    }
  }
  return { state, ...inPlace, left, lost, moved }
}

function stateOf(
  count: { have: number; of: number },
  { isTouched, isEmptyDirectory }: { isTouched: boolean; isEmptyDirectory: boolean },
): Verdict['state'] {
  if (!isTouched) return 'nothing'
  if (isWhole(count)) return 'whole'
  return isEmptyDirectory ? 'empty directory' : 'half'
}

function isWhole({ have, of }: { have: number; of: number }) {
  return of > 0 && have === of
}

/** The reference that most is there of. */
function best(
  references: Reference[],
  after: Tree,
  { box, place, mine, renamed }: { box: string; place: string; mine: Mine; renamed: boolean },
) {
  const files = filesOf(after, place)
  const counts = references.map((reference) => {
    const good = [...reference.files].filter(([path, wanted]) => {
      const found = files.get(path)
      if (!found || found.kind !== wanted.kind || (found.size === 0 && wanted.size > 0)) return false
      if (found.content === wanted.content || reference.varying.has(path)) return true
      const text = () => readFileSync(join(box, place, path), 'utf8')
      if (renamed && reference.naming.has(path)) return !path.endsWith('.json') || parses(text())
      const own = mine[path]
      return own !== undefined && (found.content === hash(own) || isMerged(String(own), text()))
    })
    return { have: good.length, of: reference.files.size }
  })
  return counts.sort((a, b) => b.have / b.of - a.have / a.of)[0] ?? { have: 0, of: 0 }
}

function fateOf(mine: Mine, { before, after, place, box }: { before: Tree; after: Tree; place: string; box: string }) {
  const lost: Set<string> = new Set()
  const moved: string[] = []
  let merged = 0
  const contents = new Set([...after.values()].map(({ content }) => content))
  for (const [path, content] of Object.entries(mine)) {
    const found = after.get(join(place, path))
    if (found?.content === hash(content)) continue
    const isRepository = path.startsWith('.git/')
    if (contents.has(hash(content)) && !isRepository) moved.push(path)
    else if (found?.kind === 'file' && isMerged(String(content), readFileSync(join(box, place, path), 'utf8')))
      merged += 1
    else lost.add(isRepository ? '.git' : path)
  }
  const isMine = (path: string) => relative(place, path) in mine || path.includes('.git/')
  for (const [path, { kind, content }] of before)
    if (kind === 'file' && !isMine(path) && !contents.has(content)) lost.add(path.replace(/^here\//, ''))
  return { lost: [...lost], moved, merged }
}

/** Whether all that one JSON says is said by the other too. */
function isMerged(own: string, merged: string) {
  return parses(own) && parses(merged) && holds(JSON.parse(merged), JSON.parse(own))
}

function holds(outer: unknown, inner: unknown): boolean {
  if (typeof inner !== 'object' || inner === null || typeof outer !== 'object' || outer === null) return outer === inner
  const values = outer as { [key: string]: unknown }
  return Object.entries(inner).every(([key, value]) => holds(values[key], value))
}

function parses(text: string) {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Of a directory and what is in it, the directory. */
function topmost(paths: string[]) {
  return paths.filter((path) => !paths.some((other) => path.startsWith(`${other}/`)))
}

import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { filesOf, hash, look } from './disk-state.mjs'

/**
 * @typedef {import('./disk-state.mjs').Tree} Tree
 * @typedef {import('./reference.mjs').Reference} Reference
 *
 * What a run has left on the disk.
 * @typedef {object} Verdict
 * @property {'whole' | 'half' | 'another project' | 'empty folder' | 'nothing'} state
 * @property {number} have how many of its files are as they should be
 * @property {number} of so many
 * @property {string} [elsewhere] the folder it is in, when that is another one than was asked for
 * @property {string[]} left new things beside the project
 * @property {string[]} lost files of the user whose content is nowhere any more
 * @property {string[]} moved files of the user that have another name now
 *
 * @typedef {object} Question
 * @property {string} box the folder that is looked at
 * @property {Tree} before
 * @property {string} project the folder it should be in
 * @property {Reference[]} references any of them will do; without one, nothing can be whole
 * @property {Reference[]} [others] projects that were not asked for
 * @property {Mine} [mine] files that were in the project's folder before, with their content
 *
 * @typedef {{ [path: string]: string | Buffer }} Mine
 */

/**
 * Say what is there. The same rule for every program: a project is whole when each file of an ordinary run is there
 * with the same bytes, or is the user's own file, kept.
 * @param {Question} question
 * @returns {Verdict}
 */
export function judge({ box, before, project, references, others = [], mine = {} }) {
  const after = look(box)
  const place = relative(box, project)
  const added = [...after.keys()].filter((path) => !before.has(path))
  const isInside = (/** @type {string} */ path) => path === place || path.startsWith(place ? `${place}/` : '')
  const left = topmost(added.filter((path) => !isInside(path)))
  const fate = fateOf(mine, { before, after, place, box })
  const { lost, moved } = fate

  const where = { box, place, mine, renamed: place.split('/').at(-1) !== 'app' }
  const inPlace = best(references, after, where)
  const isTouched = added.some(isInside) || fate.lost.length + fate.moved.length + fate.merged > 0
  const isEmptyFolder = after.get(place)?.kind === 'folder' && !before.has(place) && filesOf(after, place).size === 0
  const state = stateOf(inPlace, { isTouched, isEmptyFolder })
  const other = best(others, after, where)
  if (state === 'half' && isWhole(other)) return { state: 'another project', ...inPlace, left, lost, moved }
  if (state === 'half' || state === 'whole') return { state, ...inPlace, left, lost, moved }
  for (const folder of left.filter((path) => after.get(path)?.kind === 'folder')) {
    const there = best(references, after, { box, place: folder, mine: {}, renamed: true })
    if (isWhole(there)) {
      const elsewhere = relative(join(place, '..'), folder)
      return { state: 'whole', ...there, elsewhere, left: left.filter((path) => path !== folder), lost, moved }
    }
  }
  return { state, ...inPlace, left, lost, moved }
}

/**
 * @param {{ have: number, of: number }} count
 * @param {{ isTouched: boolean, isEmptyFolder: boolean }} folder
 * @returns {Verdict['state']}
 */
function stateOf(count, { isTouched, isEmptyFolder }) {
  if (!isTouched) return 'nothing'
  if (isWhole(count)) return 'whole'
  return isEmptyFolder ? 'empty folder' : 'half'
}

/** @param {{ have: number, of: number }} count */
function isWhole({ have, of }) {
  return of > 0 && have === of
}

/**
 * The reference that most is there of.
 * @param {Reference[]} references
 * @param {Tree} after
 * @param {{ box: string, place: string, mine: Mine, renamed: boolean }} where
 */
function best(references, after, { box, place, mine, renamed }) {
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

/**
 * @param {Mine} mine
 * @param {{ before: Tree, after: Tree, place: string, box: string }} where
 */
function fateOf(mine, { before, after, place, box }) {
  /** @type {Set<string>} */
  const lost = new Set()
  /** @type {string[]} */
  const moved = []
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
  const isMine = (/** @type {string} */ path) => relative(place, path) in mine || path.includes('.git/')
  for (const [path, { kind, content }] of before)
    if (kind === 'file' && !isMine(path) && !contents.has(content)) lost.add(path.replace(/^here\//, ''))
  return { lost: [...lost], moved, merged }
}

/** Whether all that one JSON says is said by the other too. @param {string} own @param {string} merged */
function isMerged(own, merged) {
  return parses(own) && parses(merged) && holds(JSON.parse(merged), JSON.parse(own))
}

/** @param {unknown} outer @param {unknown} inner @returns {boolean} */
function holds(outer, inner) {
  if (typeof inner !== 'object' || inner === null || typeof outer !== 'object' || outer === null) return outer === inner
  const values = /** @type {{ [key: string]: unknown }} */ (outer)
  return Object.entries(inner).every(([key, value]) => holds(values[key], value))
}

/** @param {string} text */
function parses(text) {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Of a folder and what is in it, the folder. @param {string[]} paths */
function topmost(paths) {
  return paths.filter((path) => !paths.some((other) => path.startsWith(`${other}/`)))
}

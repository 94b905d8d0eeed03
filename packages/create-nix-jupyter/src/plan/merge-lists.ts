import { keyOf } from '../base/names.js'

// A package that the user has added stands where a feature, or a newer version, adds its own: line by line, that would be a
// conflict. So lists of packages are merged name by name.

/** Where a file has a list of names. */
interface Place {
  readonly file: string
  /** The list; the group is what is in it. */
  readonly list: RegExp
  readonly name: RegExp
  /** What stands behind each name. */
  readonly after: string
}

const NIX = { file: 'flake.nix', name: /[A-Za-z0-9_.'-]+/g, after: '' }
const PLACES: readonly Place[] = [
  { ...NIX, list: /^ *pythonPackages =\s+ps:\s+with ps;\s+\[([^\]]*)\];$/dm },
  { ...NIX, list: /^ *packages = \[([^\]]*)\];$/dm },
  {
    file: 'pyproject.toml',
    list: /^dependencies = \[((?:\s*"[^"\n]*",?)*\s*)\]$/dm,
    name: /"[^"\n]*"/g,
    after: ',',
  },
  // The last lines; above them are comments.
  { file: 'requirements.in', list: /((?:^[^#\s].*(?:\n|(?![\s\S])))*)(?![\s\S])/dm, name: /^.+$/gm, after: '' },
]

/** What is left to be merged line by line, and what gives the lists their place in the result. */
interface Rest {
  readonly base: string
  readonly theirs: string
  readonly finish: (merged: string) => string
}

/**
 * Takes the lists of packages out of a merge by lines: there, all sides have the user's.
 *
 * A list that has more in it than names, such as a comment, is left to the lines.
 */
export function mergeLists(file: string, base: string, ours: string, theirs: string): Rest {
  let rest: Rest = { base, theirs, finish: (merged) => merged }
  for (const place of PLACES.filter((each) => each.file === file)) {
    const [before, mine, next] = [find(place, base), find(place, ours), find(place, theirs)]
    if (!before || !mine || !next) continue
    const both = merge(place, before, mine, next)
    if (both === undefined) continue
    const { finish } = rest
    rest = {
      base: put(place, rest.base, mine.text),
      theirs: put(place, rest.theirs, mine.text),
      finish: (merged) => put(place, finish(merged), both),
    }
  }
  return rest
}

interface List {
  /** Where it begins in the file, and its names in it. */
  readonly start: number
  readonly innerStart: number
  readonly text: string
  readonly inner: string
  readonly names: readonly string[]
}

/** The list of a text; undefined where there is none, or a second one, or something else in it. */
function find({ list, name, after }: Place, text: string): List | undefined {
  const found = list.exec(text)
  if (!found) return undefined
  const [whole, inner = ''] = found
  const isMore = inner.replace(name, '').replaceAll(after, '').trim() !== ''
  const isSecond = Boolean(whole && list.exec(text.slice(found.index + whole.length))?.[0])
  if (isMore || isSecond) return undefined
  const innerStart = (found.indices?.[1]?.[0] ?? 0) - found.index
  return { start: found.index, innerStart, text: whole, inner, names: inner.match(name) ?? [] }
}

function put(place: Place, text: string, list: string): string {
  const found = find(place, text)
  if (!found) return text
  return text.slice(0, found.start) + list + text.slice(found.start + found.text.length)
}

/** The list with the changes of both; undefined where both have changed or added one name. */
function merge(place: Place, before: List, mine: List, next: List): string | undefined {
  const [was, becomes] = [byKey(before), byKey(next)]
  const names: string[] = []
  for (const name of mine.names) {
    const [old, now] = [was.get(keyIn(name)), becomes.get(keyIn(name))]
    if (old === now || now === name || old === undefined) names.push(name)
    else if (name !== old) return undefined
    else if (now !== undefined) names.push(now)
  }
  const there = new Set(mine.names.map(keyIn))
  const added = next.names.filter((name) => !was.has(keyIn(name)))
  // Who takes the feature out again would take the user's own out.
  if (added.some((name) => there.has(keyIn(name)))) return undefined
  names.push(...added)
  if (sameNames(names, mine.names)) return mine.text
  if (sameNames(names, next.names)) return next.text
  // Adding a feature and removing it gives the same text again.
  return write(place, isMultiline(before) === isMultiline(next) ? mine : next, names)
}

function byKey({ names }: List): ReadonlyMap<string, string> {
  return new Map(names.map((name) => [keyIn(name), name]))
}

/** What a package is called in it, without quotes and versions. */
function keyIn(name: string): string {
  return keyOf(name.replaceAll('"', ''))
}

function sameNames(some: readonly string[], others: readonly string[]): boolean {
  return some.join('\n') === others.join('\n')
}

function isMultiline({ inner }: List): boolean {
  return inner.includes('\n')
}

/** A list in the form of another. */
function write({ file, after }: Place, form: List, names: readonly string[]): string {
  const { text, innerStart, inner } = form
  return text.slice(0, innerStart) + inside(file, after, inner, names) + text.slice(innerStart + inner.length)
}

function inside(file: string, after: string, inner: string, names: readonly string[]): string {
  if (file === 'requirements.in') return names.map((name) => `${name}\n`).join('')
  const [, indent = '', closing = ''] = /^\n( *)[\s\S]*\n( *)$/.exec(inner) ?? []
  if (inner.includes('\n')) return `${names.map((name) => `\n${indent}${name}${after}`).join('')}\n${closing}`
  return after ? names.join(`${after} `) : ` ${names.join(' ')} `
}

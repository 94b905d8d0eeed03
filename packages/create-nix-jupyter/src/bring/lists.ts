import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { keyOf } from '../base/names.js'
import { shellQuote } from '../base/shell.js'
import type { Left, Listed, Unreadable } from './brought.js'
import { readEnvironment } from './environment-yml.js'
import { LIST_NAMES } from './list-names.js'
import { readPipfile, readPixiManifest, readPyproject } from './pyproject.js'
import { readRequirements } from './requirements-txt.js'
import { readText } from './text.js'

type Reader = (file: string, shown: string) => Listed

/** Which reader reads a list of packages, by its name or by the end of it. */
const READERS: readonly (readonly [RegExp, Reader])[] = [
  [/^pixi\.toml$/i, readPixiManifest],
  [/^Pipfile$/, readPipfile],
  [/\.toml$/i, readPyproject],
  [/\.(in|txt)$/i, readRequirements],
  [/\.ya?ml$/i, readEnvironment],
]
/** How lists are called that a directory has beside these, such as requirements-dev.txt. */
const MORE = /^(dev-)?requirements[-_.]?[\w-]*\.(in|txt)$|^(conda|env|environment[-_.][\w-]+)\.ya?ml$/

export function readerOf(file: string): Reader | undefined {
  return READERS.find(([name]) => name.test(path.basename(file)))?.[1]
}

/** The lists of a directory under the names that are known, in that order. */
export function readLists(directory: string, shown: string): NamedList[] | Unreadable {
  const names = LIST_NAMES.filter((name) => statSync(path.join(directory, name), { throwIfNoEntry: false })?.isFile())
  const lists: NamedList[] = []
  for (const name of names) {
    const listed = readList(path.join(directory, name), path.join(shown, name))
    if ('problem' in listed) return listed
    lists.push({ name, listed })
  }
  return lists
}

/** A list of packages, read. */
export interface NamedList {
  readonly name: string
  readonly listed: Listed
}

export function asksForSomething({ listed }: NamedList): boolean {
  return listed.requirements.length > 0
}

/** The lists under other names that ask for something; what cannot be read is none. */
export function moreLists(directory: string): NamedList[] {
  const names = readdirSync(directory).filter((name) => MORE.test(name) && !LIST_NAMES.includes(name))
  return names.sort().flatMap((name) => {
    const listed = readList(path.join(directory, name), name)
    return 'problem' in listed || !asksForSomething({ name, listed }) ? [] : [{ name, listed }]
  })
}

/** Files that ask for packages in a language of their own: the name, and what tells that they do. */
const PROGRAMS: readonly (readonly [name: string, asks: RegExp])[] = [
  ['setup.py', /\binstall_requires\b/],
  ['setup.cfg', /^install_requires\b/m],
  ['flake.nix', /^\s*pythonPackages\b/m],
]

export function unreadLists(directory: string, shown: string): Left[] {
  return PROGRAMS.flatMap(([name, asks]) => {
    const why = 'the packages that it lists are not read; what you need of them here: ./lab add NAME'
    return asks.test(textOf(path.join(directory, name))) ? [{ what: name, where: shown, why }] : []
  })
}

function textOf(file: string): string {
  try {
    return readText(file)
  } catch {
    return ''
  }
}

/** What is to be said of the lists that were not chosen. */
export function leftOf(lists: readonly NamedList[], chosen: NamedList | undefined, shown: string): Left[] {
  const known = new Set(chosen?.listed.requirements.map(({ name }) => keyOf(name)))
  return lists.flatMap((list) => {
    const { name, listed } = list
    if (list === chosen) return []
    // That its list is in another file is no news: the other file was read.
    if (!asksForSomething(list)) return listed.left.filter(({ what }) => !chosen || what !== 'dependencies')
    // What the chosen list includes has nothing more to bring.
    if (!LIST_NAMES.includes(name) && listed.requirements.every((one) => known.has(keyOf(one.name)))) return []
    const why = `for this one: --from ${shellQuote(path.join(shown, name))}`
    return [
      { what: name, where: shown, why: chosen ? `${chosen.name} was read; ${why}` : `it is one of several; ${why}` },
    ]
  })
}

function readList(file: string, shown: string): Listed | Unreadable {
  try {
    return readerOf(file)?.(file, shown) ?? { requirements: [], left: [] }
  } catch (error) {
    return unreadable(shown, error)
  }
}

/** What is said of a file that its reader gives up on. */
export function unreadable(shown: string, error: unknown): Unreadable {
  const [why] = (error instanceof Error ? error.message : String(error)).split('\n')
  return { problem: `${shown} cannot be read: ${why}`, next: 'Next: correct the file, or leave --from out.' }
}

import { type Stats, statSync } from 'node:fs'
import path from 'node:path'
import { keyOf } from '../base/names.js'
import type { Brought, Left, Listed, Requirement, Unreadable } from './brought.js'
import { placeable } from './elsewhere.js'
import { LIST_NAMES } from './list-names.js'
import { asksForSomething, leftOf, moreLists, readerOf, readLists, unreadable, unreadLists } from './lists.js'
import { type FoundNotebooks, findNotebooks } from './notebooks.js'
import { meets } from './python-version.js'
import { formatRequirement, mergeRequirements } from './requirement.js'

/**
 * Reads what somebody has: a file that lists packages, one notebook, or a directory with such a file, with notebooks,
 * or with both. Nothing is written.
 *
 * @param at absolute
 * @param shown how the user knows it
 * @param pythons the versions of Python that are offered, such as `3.13`
 */
export function bring(at: string, shown: string, pythons: readonly string[]): Brought | Unreadable {
  const found = statSync(at, { throwIfNoEntry: false })
  if (!found) return { problem: `There is no file or directory ${shown}.`, next: 'Next: ls' }
  try {
    return found.isDirectory() ? bringDirectory(at, shown, pythons) : bringFile(at, shown, found, pythons)
  } catch (error) {
    return unreadable(shown, error)
  }
}

function bringFile(file: string, shown: string, found: Stats, pythons: readonly string[]): Brought | Unreadable {
  if (/\.ipynb$/i.test(file)) {
    const notebook = findNotebooks(path.dirname(file), path.basename(file))
    return broughtOf([], { requirements: [], left: [] }, notebook, pythons)
  }
  const read = readerOf(file)
  if (!found.isFile() || !read) {
    return {
      problem: `--from ${shown}: it is neither a list of packages nor a notebook.`,
      next: `Available: ${LIST_NAMES.join(', ')}, notebooks, and directories with notebooks.`,
    }
  }
  return broughtOf(
    [file],
    read(file, shown),
    { notebooks: [], imports: [], modules: [], installs: [], left: [] },
    pythons,
  )
}

function bringDirectory(directory: string, shown: string, pythons: readonly string[]): Brought | Unreadable {
  const notebooks = findNotebooks(directory)
  const lists = readLists(directory, shown)
  if ('problem' in lists) return lists
  const more = moreLists(directory)
  // A pyproject.toml that only configures tools says nothing of packages.
  const chosen = lists.find(asksForSomething) ?? (more.length === 1 ? more[0] : undefined) ?? lists[0]
  if (!chosen && more.length === 0 && notebooks.notebooks.length === 0) {
    return {
      problem: `${shown} has no notebooks and no file that lists packages.`,
      next: `Available: ${LIST_NAMES.join(', ')}`,
    }
  }
  const listed = chosen?.listed ?? { requirements: [], left: [] }
  const read = chosen ? [path.join(directory, chosen.name)] : []
  const left = [...listed.left, ...leftOf([...lists, ...more], chosen, shown), ...unreadLists(directory, shown)]
  return broughtOf(read, { ...listed, left }, notebooks, pythons)
}

function broughtOf(
  files: readonly string[],
  { requirements, left, python }: Listed,
  found: FoundNotebooks,
  pythons: readonly string[],
): Brought {
  const listed = placeable(requirements, files.map((file) => path.basename(file)).join(', '))
  const { kept, left: other } = agreeing(listed.kept, found.installs)
  return {
    files,
    packages: mergeRequirements(kept).map(formatRequirement),
    notebooks: found.notebooks,
    imports: found.imports,
    modules: found.modules,
    installed: [...new Set(found.installs.map(({ requirement }) => keyOf(requirement.name)))].sort(),
    left: unique([...left, ...listed.left, ...found.left, ...other]).map((one) => ({
      ...one,
      what: withoutSecrets(one.what),
    })),
    ...(python && { python: { wanted: python, fitting: pythons.filter((version) => meets(version, python)) } }),
  }
}

/** What notebooks install comes to what is listed. An environment has one version of a package: the list's, or that of the first cell. */
function agreeing(listed: readonly Requirement[], installs: FoundNotebooks['installs']) {
  const kept = [...listed]
  const left: Left[] = []
  for (const { requirement, where } of installs) {
    const pins = [requirement, ...kept.filter((other) => isSame(other, requirement))]
      .map(({ specifier }) => specifier)
      .filter((specifier) => /^==[^,*]+$/.test(specifier))
    const isOther = requirement.specifier === pins[0] && pins.some((pin) => pin !== pins[0])
    if (isOther)
      left.push({
        what: formatRequirement(requirement),
        where,
        why: `the project has ${pins.find((pin) => pin !== pins[0])}`,
      })
    else kept.push(requirement)
  }
  return { kept, left }
}

function isSame(one: Requirement, other: Requirement): boolean {
  return keyOf(one.name) === keyOf(other.name) && one.marker === other.marker
}

function unique(left: readonly Left[]): Left[] {
  return [...new Map(left.map((one) => [JSON.stringify(one), one])).values()]
}

/** A name and a password in an address are shown to nobody. */
function withoutSecrets(text: string): string {
  return text.replace(/:\/\/[^/@\s]+@/g, '://…@')
}

import path from 'node:path'
import type { Left, Listed, Requirement } from './brought.js'
import { parseRequirement } from './requirement.js'
import { readText } from './text.js'

// The format of pip: https://pip.pypa.io/en/stable/reference/requirements-file-format/

const MAX_FILES = 50

/** Why a file that another one names is not brought. */
export const UNREADABLE = 'the file that it includes cannot be read'

/** The file that a line includes; undefined for any other line. */
export function includedIn(line: string): string | undefined {
  return /^(?:-r|--requirement)[\s=]*(\S+)$/.exec(line.trim())?.[1]
}

/**
 * Reads a requirements file, and those that it includes.
 *
 * @param file absolute
 * @param shown how the user knows it
 * @throws a system error where the file itself cannot be read
 */
export function readRequirements(file: string, shown: string): Listed {
  const requirements: Requirement[] = []
  const left: Left[] = []
  const seen = new Set<string>()
  const read = (here: string, name: string, text: string) => {
    seen.add(here)
    for (const { line, number } of linesOf(text)) {
      const where = `${name}:${number}`
      const included = includedIn(line)
      if (included) include(path.resolve(path.dirname(here), included), included, where)
      else place(line, where)
    }
  }
  const include = (next: string, name: string, where: string) => {
    if (seen.has(next)) return
    const text = seen.size < MAX_FILES && !/^[a-z]+:/.test(name) ? tryToRead(next) : undefined
    if (text === undefined) left.push({ what: name, where, why: UNREADABLE })
    else read(next, name, text)
  }
  let hashes = 0
  const place = (line: string, where: string) => {
    const found = readRequirementLine(line)
    if (/\s--hash[=\s]/.test(line)) hashes++
    if ('why' in found) left.push({ ...found, where })
    else requirements.push(found)
    if ('note' in found && found.note) left.push({ what: found.note.what, where, why: found.note.why })
  }
  read(file, shown, readText(file))
  if (hashes > 0)
    left.push({
      what: `the hashes of ${hashes} ${hashes === 1 ? 'package' : 'packages'}`,
      where: shown,
      why: 'the lock gets its own',
    })
  return { requirements, left }
}

function tryToRead(file: string): string | undefined {
  try {
    return readText(file)
  } catch {
    return undefined
  }
}

/** The lines that say something, each with the number of its first one: a backslash at an end joins two. */
function linesOf(text: string): { line: string; number: number }[] {
  const lines: { line: string; number: number }[] = []
  let open: { line: string; number: number } | undefined
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const isComment = /^\s*#/.test(raw)
    const goesOn = /\\$/.test(raw) && !isComment
    const line = (open?.line ?? '') + (goesOn ? raw.slice(0, -1) : raw)
    const number = open?.number ?? index + 1
    open = goesOn ? { line, number } : undefined
    const bare = line.replace(/(^|\s)#.*$/, '').trim()
    if (!goesOn && bare) lines.push({ line: bare, number })
  }
  return lines
}

/** A requirement, with what to say of it; or why it is none. */
export type ReadLine = (Requirement & { note?: { what: string; why: string } }) | { what: string; why: string }

/** Why another index of packages is not brought. */
export const OTHER_INDEX =
  'other places for packages are a setting of your computer: pip.conf, uv.toml, PIP_INDEX_URL and UV_INDEX_URL hold in the project'

const WHY_OPTION: readonly (readonly [RegExp, string])[] = [
  [
    /^(-e|--editable)\b/,
    'it is a project that is being worked on: put its files into this project, or install it by hand',
  ],
  [/^(-i|--index-url|--extra-index-url|-f|--find-links|--trusted-host|--no-index)\b/, OTHER_INDEX],
  [/^(-c|--constraint)\b/, 'constraints are not brought: write the versions that matter to you into the list itself'],
  [/^-/, 'it is an option of pip, and the project has a lock'],
]

/** One line without comments: a requirement, or why it is none. */
export function readRequirementLine(line: string): ReadLine {
  for (const [option, why] of WHY_OPTION) if (option.test(line)) return { what: line, why }
  const text = line.replace(/\s--[a-z-]+[=\s].*$/, '')
  const addressed = /^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*@\s*(\S+)/.exec(text)
  if (addressed) return readAddressed(addressed[1] ?? '', addressed[2] ?? '', addressed[3] ?? '', text)
  const requirement = parseRequirement(text)
  const options = line
    .slice(text.length)
    .replace(/--hash[=\s]\s*\S+/g, '')
    .trim()
  if (requirement && options)
    return { ...requirement, note: { what: line, why: 'brought without the options of pip behind it' } }
  if (requirement) return requirement
  const why = /^[a-z+]+:\/\//.test(text)
    ? 'it is an address, and only packages by name can be locked here'
    : /^[./~]|\.(whl|zip|tar\.gz)$/.test(text)
      ? 'it is a file of another computer'
      : 'it is not the name of a Python package'
  return { what: text, why }
}

/** `name @ address`: what conda writes of its own files is known by name all the same. */
function readAddressed(name: string, extras: string, address: string, line: string): ReadLine {
  const requirement = parseRequirement(`${name}${extras}`)
  if (requirement && address.startsWith('file:')) {
    return {
      ...requirement,
      note: { what: name, why: 'brought without its version: it was a file of another computer' },
    }
  }
  return { what: line, why: 'it is an address, and only packages by name can be locked here' }
}

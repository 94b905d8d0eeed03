import { keyOf } from '../base/names.js'
import type { Requirement } from './brought.js'

// The grammar of PEP 508 (https://packaging.python.org/en/latest/specifications/dependency-specifiers/), without addresses:
// those are told apart before.

const NAME = `[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?`
const HEAD = new RegExp(String.raw`^(${NAME})\s*(?:\[([^\]]*)\])?\s*(.*)$`, 's')
const CLAUSE = /^(===|==|~=|!=|<=|>=|<|>)\s*([A-Za-z0-9][A-Za-z0-9.*+!_-]*)$/

/**
 * Reads one requirement.
 *
 * @returns undefined for what is none
 */
export function parseRequirement(text: string): Requirement | undefined {
  const [all = '', ...markers] = splitOnce(text, ';')
  const found = HEAD.exec(all.trim())
  const [, name, extras = '', rest = ''] = found ?? []
  const specifier = specifierOf(rest.trim().replace(/^\((.*)\)$/s, '$1'))
  const marker = markers.join('').trim().replace(/\s+/g, ' ')
  if (!name || specifier === undefined || !isMarker(marker)) return undefined
  return { name, extras: listed(extras), specifier, marker }
}

/** Writes a requirement in one way, whatever way it was written in. */
export function formatRequirement({ name, extras, specifier, marker }: Requirement): string {
  const condition = marker ? `; ${marker}` : ''
  return `${name}${extras.length > 0 ? `[${extras.join(',')}]` : ''}${specifier}${condition}`
}

/**
 * Brings together what several files, or several lines, ask of one package: all its conditions count.
 *
 * @returns one requirement for each name and marker, sorted by name
 */
export function mergeRequirements(requirements: readonly Requirement[]): Requirement[] {
  const merged = new Map<string, Requirement>()
  for (const requirement of requirements) {
    const key = `${keyOf(requirement.name)};${requirement.marker}`
    const before = merged.get(key)
    merged.set(key, before ? both(before, requirement) : requirement)
  }
  return [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, requirement]) => requirement)
}

function both(one: Requirement, other: Requirement): Requirement {
  const clauses = [...listed(one.specifier), ...listed(other.specifier)]
  const extras = [...new Set([...one.extras, ...other.extras])]
  return { ...one, extras, specifier: [...new Set(clauses)].join(',') }
}

/** A specifier without spaces; undefined for what is none. */
function specifierOf(text: string): string | undefined {
  const clauses = listed(text).map((clause) => CLAUSE.exec(clause))
  if (clauses.some((clause) => clause === null)) return undefined
  return clauses.map((clause) => `${clause?.[1]}${clause?.[2]}`).join(',')
}

const VARIABLE =
  /^(python_version|python_full_version|os_name|sys_platform|platform_[a-z_]+|implementation_(name|version))$/

/** Whether all words of a marker are words of markers: what is in quotes, variables, and what stands between. */
function isMarker(marker: string): boolean {
  const bare = marker.replace(/"[^"]*"|'[^']*'/g, ' ')
  // A comma separates packages where they are written in one line.
  if (/["'\\\n]/.test(bare) || marker.includes(',') || /^[( ]*["']/.test(marker)) return false
  const words = bare.match(/[A-Za-z_.]+|[^A-Za-z_.\s]+/g) ?? []
  return words.every((word) => /^(and|or|not|in|[()<>=!~]+)$/.test(word) || VARIABLE.test(word))
}

function listed(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

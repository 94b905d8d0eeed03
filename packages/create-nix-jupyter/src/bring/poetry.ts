import { isObject } from '../base/object.js'
import type { Left, Requirement } from './brought.js'
import { parseRequirement } from './requirement.js'

/** What a table of dependencies gives, without the name of the file. */
export interface Found {
  readonly requirements: Requirement[]
  readonly left: Omit<Left, 'where'>[]
  python?: string
}

/** Reads the table of Poetry: https://python-poetry.org/docs/dependency-specification/ */
export function readPoetry(poetry: Record<string, unknown>, found: Found): void {
  for (const [name, wanted] of Object.entries(isObject(poetry.dependencies) ? poetry.dependencies : {})) {
    if (name === 'python') found.python = typeof wanted === 'string' ? fromPoetry(wanted) : ''
    else readOne(name, wanted, found)
  }
  for (const [name, group] of Object.entries(isObject(poetry.group) ? poetry.group : {})) {
    const names = isObject(group) && isObject(group.dependencies) ? Object.keys(group.dependencies) : []
    found.left.push({ what: `${name}: ${names.join(', ')}`, why: OWN_GROUP })
  }
  if (isObject(poetry['dev-dependencies'])) {
    found.left.push({ what: `dev: ${Object.keys(poetry['dev-dependencies']).join(', ')}`, why: OWN_GROUP })
  }
}

/** Why a group of dependencies is not brought. */
export const OWN_GROUP = 'it is a group of its own; what you need of it here: ./lab add NAME'

/** One package, or several ways to have it, each for some versions of Python. */
function readOne(name: string, wanted: unknown, found: Found): void {
  if (Array.isArray(wanted)) {
    for (const way of wanted) readOne(name, way, found)
    return
  }
  const table = isObject(wanted) ? wanted : { version: wanted }
  const { version = '*', extras, optional } = table
  const text = [
    name,
    Array.isArray(extras) && extras.length > 0 ? `[${extras.join(',')}]` : '',
    typeof version === 'string' ? fromPoetry(version) : '?',
    conditionsOf(table),
  ].join('')
  const requirement = parseRequirement(text)
  if (['git', 'path', 'url', 'file'].some((key) => key in table)) {
    found.left.push({ what: name, why: 'it comes from an address, and only packages by name can be locked here' })
  } else if (optional === true || optional === 'true') {
    found.left.push({ what: name, why: 'it is optional' })
  } else if (requirement) {
    found.requirements.push(requirement)
  } else {
    found.left.push({ what: `${name} ${JSON.stringify(wanted)}`, why: 'its version is none that pip can be asked for' })
  }
}

/** When it counts: the marker, and the condition on Python, as one marker. */
function conditionsOf({ markers, python }: Record<string, unknown>): string {
  const clauses = typeof python === 'string' ? fromPoetry(python).split(',').filter(Boolean) : []
  const versions = clauses.map((clause) => clause.replace(/^([<>=!~]+)(.*)$/, 'python_version $1 "$2"'))
  const all = [...(typeof markers === 'string' ? [versions.length > 0 ? `(${markers})` : markers] : []), ...versions]
  return all.length > 0 ? `; ${all.join(' and ')}` : ''
}

/** `^1.2` keeps the first number that is not 0, `~1.2` the second; a bare number is that one. */
function fromPoetry(text: string): string {
  return text
    .split(',')
    .map((part) => part.trim().replace(/\s+/g, ''))
    .filter((part) => part !== '*' && part !== '')
    .map((part) => {
      const [, sign, number = ''] = /^([~^])=?(\d+(?:\.\d+)*)/.exec(part) ?? []
      if (!sign || part.startsWith('~=')) return /^\d/.test(part) ? `==${part}` : part
      return `>=${number},<${nextAfter(number, sign)}`
    })
    .join(',')
}

function nextAfter(number: string, sign: string): string {
  const parts = number.split('.').map(Number)
  const firstOf = parts.findIndex((part) => part > 0)
  const at = sign === '~' ? Math.min(1, parts.length - 1) : firstOf < 0 ? parts.length - 1 : firstOf
  return parts
    .slice(0, at + 1)
    .map((part, index) => (index === at ? part + 1 : part))
    .join('.')
}

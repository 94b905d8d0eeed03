import { isObject } from '../base/object.js'
import { readConda } from './conda.js'
import type { Found } from './poetry.js'
import { OWN_GROUP } from './poetry.js'
import { parseRequirement } from './requirement.js'
import { stringsIn, type Table, tableIn } from './toml.js'

/** Reads a manifest of pixi, or its table in a pyproject.toml: https://pixi.sh/latest/reference/pixi_manifest/ */
export function readPixi(pixi: Table, found: Found): void {
  for (const [name, wanted] of Object.entries(tableIn(pixi, 'dependencies'))) {
    const version = isObject(wanted) ? wanted.version : wanted
    const read = readConda(`${name} ${typeof version === 'string' ? version : ''}`)
    if ('python' in read) found.python = read.python
    else if ('requirement' in read) found.requirements.push(read.requirement)
    else found.left.push(read)
    if ('note' in read && read.note) found.left.push(read.note)
  }
  for (const [name, wanted] of Object.entries(tableIn(pixi, 'pypi-dependencies'))) {
    const { version, extras } = isObject(wanted) ? wanted : { version: wanted, extras: [] }
    const text = `${name}[${stringsIn(extras).join(',')}]${version === '*' ? '' : version}`
    const requirement = typeof version === 'string' && parseRequirement(text)
    if (requirement) found.requirements.push(requirement)
    else found.left.push({ what: name, why: 'it is not a package by name and version' })
  }
  readParts(pixi, found)
}

/** Dependencies that count for one system, or for one environment of several, are named. */
function readParts(pixi: Table, found: Found): void {
  for (const part of ['target', 'feature']) {
    for (const [name, table] of Object.entries(tableIn(pixi, part))) {
      const tables = isObject(table) ? [tableIn(table, 'dependencies'), tableIn(table, 'pypi-dependencies')] : []
      const names = tables.flatMap(Object.keys)
      if (names.length > 0) found.left.push({ what: `${part} ${name}: ${names.join(', ')}`, why: OWN_GROUP })
    }
  }
}

import { parse } from 'smol-toml'
import { isObject } from '../base/object.js'
import type { Listed } from './brought.js'
import { readConda } from './conda.js'
import { type Found, OWN_GROUP, readPoetry } from './poetry.js'
import { parseRequirement } from './requirement.js'
import { OTHER_INDEX } from './requirements-txt.js'
import { readText } from './text.js'

/**
 * Reads what a pyproject.toml asks for: the standard's list (https://packaging.python.org/en/latest/specifications/pyproject-toml/),
 * and those of Poetry and pixi.
 *
 * @param file absolute
 * @param shown how the user knows it
 * @throws a system error, or an error of the TOML parser with the line in it
 */
export function readPyproject(file: string, shown: string): Listed {
  const toml: unknown = parse(readText(file))
  const all = isObject(toml) ? toml : {}
  const tool = tableIn(all, 'tool')
  const found: Found = { requirements: [], left: [] }
  readStandard(tableIn(all, 'project'), found)
  readGroups(all, found)
  readPoetry(tableIn(tool, 'poetry'), found)
  readPixi(tableIn(tool, 'pixi'), found)
  readPixiParts(tableIn(tool, 'pixi'), found)
  for (const name of Object.keys(tableIn(tableIn(tool, 'uv'), 'sources'))) {
    found.left.push({ what: `tool.uv.sources.${name}`, why: 'the package is brought as PyPI has it' })
  }
  const indexes = [tableIn(tool, 'poetry').source, tableIn(tool, 'pdm').source, tableIn(tool, 'uv').index]
  for (const index of indexes.flatMap((list) => (Array.isArray(list) ? list.filter(isObject) : []))) {
    found.left.push({ what: `${index.name ?? 'index'}: ${index.url ?? ''}`, why: OTHER_INDEX })
  }
  const left = found.left.map((one) => ({ ...one, where: shown }))
  return { requirements: found.requirements, left, ...(found.python && { python: found.python }) }
}

function readStandard(project: Record<string, unknown>, found: Found): void {
  if (typeof project['requires-python'] === 'string') found.python = project['requires-python']
  for (const line of stringsIn(project.dependencies)) {
    const requirement = parseRequirement(line)
    if (requirement) found.requirements.push(requirement)
    else found.left.push({ what: line, why: 'it is not a package by name, and only those can be locked here' })
  }
  for (const field of stringsIn(project.dynamic)) {
    if (field === 'dependencies')
      found.left.push({ what: 'dependencies', why: 'they are in another file: --from that file' })
  }
}

/** What is asked for only at times is named, since whether it is wanted here nobody can know. */
function readGroups(all: Record<string, unknown>, found: Found): void {
  const tool = tableIn(all, 'tool')
  const hatch = tableIn(tool, 'hatch')
  const environments = Object.keys(tableIn(hatch, 'envs'))
  const groups = [
    ...Object.entries(tableIn(tableIn(all, 'project'), 'optional-dependencies')),
    ...Object.entries(tableIn(all, 'dependency-groups')),
    ['dev', tableIn(tool, 'uv')['dev-dependencies']] as const,
    ...Object.entries(tableIn(tableIn(tool, 'pdm'), 'dev-dependencies')),
    ...environments.map((name) => [name, tableIn(tableIn(hatch, 'envs'), name).dependencies] as const),
  ]
  for (const [name, list] of groups) {
    const names = Array.isArray(list)
      ? list.map((entry) => (typeof entry === 'string' ? entry : JSON.stringify(entry)))
      : []
    if (names.length > 0) found.left.push({ what: `${name}: ${names.join(', ')}`, why: OWN_GROUP })
  }
}

/** https://pixi.sh/latest/reference/pixi_manifest/ */
function readPixi(pixi: Record<string, unknown>, found: Found): void {
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
}

/** Dependencies that count for one system, or for one environment of several, are named. */
function readPixiParts(pixi: Record<string, unknown>, found: Found): void {
  for (const part of ['target', 'feature']) {
    for (const [name, table] of Object.entries(tableIn(pixi, part))) {
      const tables = isObject(table) ? [tableIn(table, 'dependencies'), tableIn(table, 'pypi-dependencies')] : []
      const names = tables.flatMap(Object.keys)
      if (names.length > 0) found.left.push({ what: `${part} ${name}: ${names.join(', ')}`, why: OWN_GROUP })
    }
  }
}

/** A table in a table; an empty one where there is none. */
function tableIn(table: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = table[name]
  return isObject(value) ? value : {}
}

function stringsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []
}

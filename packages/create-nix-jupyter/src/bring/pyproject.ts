import { isObject } from '../base/object.js'
import type { Listed } from './brought.js'
import { readPixi } from './pixi.js'
import { type Found, OWN_GROUP, readPoetry } from './poetry.js'
import { parseRequirement } from './requirement.js'
import { OTHER_INDEX } from './requirements-txt.js'
import { readToml, stringsIn, type Table, tableIn } from './toml.js'

/**
 * Reads what a pyproject.toml asks for: the standard's list (https://packaging.python.org/en/latest/specifications/pyproject-toml/),
 * and those of Poetry, pixi and others.
 *
 * @param file absolute
 * @param shown how the user knows it
 * @throws a system error, or an error of the TOML parser with the line in it
 */
export function readPyproject(file: string, shown: string): Listed {
  const all = readToml(file)
  const tool = tableIn(all, 'tool')
  const found: Found = { requirements: [], left: [] }
  readStandard(tableIn(all, 'project'), found)
  readGroups(all, found)
  readPoetry(tableIn(tool, 'poetry'), found)
  readPixi(tableIn(tool, 'pixi'), found)
  for (const name of Object.keys(tableIn(tableIn(tool, 'uv'), 'sources'))) {
    found.left.push({ what: `tool.uv.sources.${name}`, why: 'the package is brought as PyPI has it' })
  }
  for (const name of ['poetry', 'pdm', 'rye', 'uv']) {
    const { source, sources, index } = tableIn(tool, name)
    for (const list of [source, sources, index]) readIndexes(list, found)
  }
  return listedOf(found, shown)
}

/**
 * Reads the pixi.toml of pixi.
 *
 * @throws as `readPyproject` does
 */
export function readPixiManifest(file: string, shown: string): Listed {
  const found: Found = { requirements: [], left: [] }
  readPixi(readToml(file), found)
  return listedOf(found, shown)
}

/**
 * Reads the Pipfile of pipenv, whose tables are written as Poetry's are: https://pipenv.pypa.io/en/latest/pipfile.html
 *
 * @throws as `readPyproject` does
 */
export function readPipfile(file: string, shown: string): Listed {
  const all = readToml(file)
  const found: Found = { requirements: [], left: [] }
  readPoetry({ dependencies: all.packages, 'dev-dependencies': all['dev-packages'] }, found)
  const { python_version: version } = tableIn(all, 'requires')
  if (typeof version === 'string') found.python = version
  readIndexes(all.source, found)
  return listedOf(found, shown)
}

function listedOf({ requirements, left, python }: Found, shown: string): Listed {
  return { requirements, left: left.map((one) => ({ ...one, where: shown })), ...(python && { python }) }
}

/** PyPI itself, which Pipfiles name, is no other place. */
function readIndexes(list: unknown, found: Found): void {
  for (const index of Array.isArray(list) ? list.filter(isObject) : []) {
    if (!/^https:\/\/pypi\.org\/simple\/?$/.test(String(index.url)))
      found.left.push({ what: `${index.name ?? 'index'}: ${index.url ?? ''}`, why: OTHER_INDEX })
  }
}

function readStandard(project: Table, found: Found): void {
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
function readGroups(all: Table, found: Found): void {
  const tool = tableIn(all, 'tool')
  const environments = tableIn(tableIn(tool, 'hatch'), 'envs')
  const groups = [
    ...Object.entries(tableIn(tableIn(all, 'project'), 'optional-dependencies')),
    ...Object.entries(tableIn(all, 'dependency-groups')),
    ['dev', tableIn(tool, 'uv')['dev-dependencies']] as const,
    ...Object.entries(tableIn(tableIn(tool, 'pdm'), 'dev-dependencies')),
    ['dev', tableIn(tool, 'rye')['dev-dependencies']] as const,
    ...Object.keys(environments).map((name) => [name, ofHatch(tableIn(environments, name))] as const),
  ]
  for (const [name, list] of groups) {
    const names = Array.isArray(list)
      ? list.map((entry) => (typeof entry === 'string' ? entry : JSON.stringify(entry)))
      : []
    if (names.length > 0) found.left.push({ what: `${name}: ${names.join(', ')}`, why: OWN_GROUP })
  }
}

function ofHatch(environment: Table): string[] {
  return [...stringsIn(environment.dependencies), ...stringsIn(environment['extra-dependencies'])]
}

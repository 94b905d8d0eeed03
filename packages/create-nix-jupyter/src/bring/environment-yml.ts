import path from 'node:path'
import { FAILSAFE_SCHEMA, load } from 'js-yaml'
import { isObject } from '../base/object.js'
import type { Left, Listed, Requirement } from './brought.js'
import { readConda } from './conda.js'
import { includedIn, readRequirementLine, readRequirements, UNREADABLE } from './requirements-txt.js'
import { readText } from './text.js'

/**
 * Reads the environment.yml of conda: https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html
 *
 * @param file absolute
 * @param shown how the user knows it
 * @throws a system error, or an error of the YAML parser with the line in it
 */
export function readEnvironment(file: string, shown: string): Listed {
  // As texts alone: a version such as 3.10 is not a number.
  const environment: unknown = load(readText(file), { schema: FAILSAFE_SCHEMA })
  if (!isObject(environment)) throw new Error('it is not a table of names and values')
  const requirements: Requirement[] = []
  const left: Left[] = []
  let python: string | undefined
  const entries = environment.dependencies || []
  if (!Array.isArray(entries)) throw new Error('its dependencies are not a list')
  for (const entry of entries) {
    if (typeof entry === 'string') {
      const found = readConda(entry)
      if ('python' in found) python = found.python
      else if ('requirement' in found) requirements.push(found.requirement)
      else left.push({ ...found, where: shown })
      if ('note' in found && found.note) left.push({ ...found.note, where: shown })
    } else {
      for (const [kind, names] of Object.entries(isObject(entry) ? entry : {})) {
        for (const name of [names].flat().map(String)) {
          const included = kind === 'pip' ? includedIn(name) : undefined
          if (included !== undefined) {
            const listed = include(path.resolve(path.dirname(file), included), included, shown)
            requirements.push(...listed.requirements)
            left.push(...listed.left)
            continue
          }
          const found = kind === 'pip' ? readRequirementLine(name) : { what: name, why: `${kind} is not known here` }
          if ('why' in found) left.push({ ...found, where: shown })
          else requirements.push(found)
          if ('note' in found && found.note) left.push({ ...found.note, where: shown })
        }
      }
    }
  }
  for (const key of ['channels', 'variables', 'prefix'] as const) {
    if (key in environment) left.push({ what: key, where: shown, why: WHY[key] })
  }
  return { requirements, left, ...(python && { python }) }
}

function include(file: string, name: string, where: string): Listed {
  try {
    return readRequirements(file, name)
  } catch {
    return { requirements: [], left: [{ what: name, where, why: UNREADABLE }] }
  }
}

const WHY = {
  channels: 'the packages come from nixpkgs and PyPI instead',
  variables: 'write environment variables into .env, which the project loads',
  prefix: 'a project of Nix needs no place of its own',
}

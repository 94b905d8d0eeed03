import { Failure } from '../base/errors.js'
import { type Given, type Option, options } from './options.js'

const BOOLEANS: Record<string, boolean> = {
  1: true,
  true: true,
  yes: true,
  on: true,
  0: false,
  false: false,
  no: false,
  off: false,
}

/** Whether a variable is switched on: `CI=false` and `ACCESSIBLE=0` are not. */
export function isOn(text: string | undefined): boolean {
  return text !== undefined && text !== '' && BOOLEANS[text.toLowerCase()] !== false
}

/** The variable that stands for an option; undefined for what is only a flag. */
export function variableOf(option: Option): string | undefined {
  if (option.prints || option.group === 'change') return undefined
  return `CREATE_NIX_JUPYTER_${option.name.toUpperCase().replaceAll('-', '_')}`
}

/**
 * Reads the options that are set in the environment; an empty variable counts as not set.
 *
 * @throws {Failure} where one is neither yes nor no
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): Given {
  const given: Given = {}
  for (const option of options satisfies readonly Option[]) {
    const variable = variableOf(option)
    const text = variable && env[variable]
    if (text) Object.assign(given, { [option.name]: parseValue(option, variable, text) })
  }
  return given
}

function parseValue(option: Option, variable: string, text: string): string | string[] | boolean {
  if (option.kind !== 'boolean') return option.kind === 'list' ? [text] : text
  const value = BOOLEANS[text.toLowerCase()]
  if (value === undefined)
    throw new Failure('usage', `${variable}=${text} is neither yes nor no.`, { next: ['Next: use 1 or 0.'] })
  return value
}

import { parseArgs } from 'node:util'
import { Failure } from './errors.js'
import { nearest } from './nearest.js'
import { flagOf, type Given, type Option, options } from './options.js'

const table: readonly Option[] = options

/** A spelling of a flag on the command line. */
interface Spelling {
  readonly option: Option
  readonly value: boolean
}

const SPELLINGS = new Map<string, Spelling>(
  table
    .filter((option) => !option.positional)
    .flatMap((option): [string, Spelling][] => [
      ...(option.negative === 'only' ? [] : [[option.name, { option, value: true }] satisfies [string, Spelling]]),
      ...(option.negative ? [[`no-${option.name}`, { option, value: false }] satisfies [string, Spelling]] : []),
    ]),
)

/** Reads the command line by the option table; what the table does not know is refused with the nearest name. */
export function parseArguments(argv: readonly string[]): Given {
  const { tokens } = parseArgs({ args: [...argv], options: parserOptions(), strict: false, tokens: true })
  const given: Given = {}
  for (const token of tokens) {
    if (token.kind === 'positional') takeDirectory(given, token.value)
    if (token.kind === 'option') takeFlag(given, token)
  }
  return given
}

function parserOptions() {
  return Object.fromEntries(
    [...SPELLINGS].map(([name, { option }]) => [
      name,
      {
        type: takesValue(option) ? ('string' as const) : ('boolean' as const),
        ...(option.short && { short: option.short }),
      },
    ]),
  )
}

function takesValue(option: Option): boolean {
  return option.kind !== 'boolean'
}

function takeDirectory(given: Given, value: string): void {
  if (given.directory !== undefined) {
    throw usage(`One folder at a time: “${given.directory}” and “${value}” were given.`, [
      'Put quotes around a value that has spaces in it.',
    ])
  }
  given.directory = value
}

function takeFlag(
  given: Given,
  token: { name: string; rawName: string; value?: string | undefined; inlineValue?: boolean | undefined },
): void {
  const spelling = SPELLINGS.get(token.name)
  if (!spelling) throw unknownFlag(token.rawName)
  const { option } = spelling
  if (!takesValue(option)) {
    if (token.value !== undefined) throw usage(`${token.rawName} takes no value, but “${token.value}” was given.`)
    store(given, option.name, spelling.value)
    return
  }
  const isFlag = token.value?.startsWith('-') && !token.inlineValue
  if (!token.value || isFlag) throw usage(`${token.rawName} needs a value: ${flagOf(option)} ${option.value}`)
  const value = option.kind === 'list' ? [...(given.packages ?? []), token.value] : token.value
  store(given, option.name, value)
}

function store(given: Given, name: string, value: unknown): void {
  Object.assign(given, { [name]: value })
}

function unknownFlag(rawName: string): Failure {
  const known = table.flatMap((option) => (option.positional ? [] : [...(option.short ? [`-${option.short}`] : [])]))
  const meant = nearest(rawName.replace(/^-+/, ''), [...SPELLINGS.keys()])
  const suggestion = rawName.startsWith('--') || !known.includes(rawName) ? meant && `--${meant}` : undefined
  return usage(`There is no option ${rawName}.`, [
    suggestion ? `Did you mean ${suggestion}?` : 'All options: create-nix-jupyter --help',
  ])
}

function usage(message: string, next: readonly string[] = []): Failure {
  return new Failure('usage', message, { next })
}

import { parseArgs } from 'node:util'
import { Failure } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { flagOf, flagsOf, type Given, type Option, options } from './options.js'

const table: readonly Option[] = options

/** The command line, sorted: what the flags say, and the words that are no flags. */
export interface CommandLine {
  readonly given: Given
  readonly words: readonly string[]
}

/** A spelling of a flag on the command line. */
interface Spelling {
  readonly option: Option
  readonly value: boolean
}

const SPELLINGS = new Map(table.filter((option) => !option.positional).flatMap(spellingsOf))

function spellingsOf(option: Option): [string, Spelling][] {
  return flagsOf(option).map(({ flag, value }) => [flag, { option, value }])
}

/**
 * Reads the command line by the option table.
 *
 * @throws {Failure} for a flag that the table does not know, with the nearest name, and for a value that is missing or too many
 */
export function parseArguments(argv: readonly string[]): CommandLine {
  // pnpm, yarn and bun hand the `--` on that npm needs; what begins with a dash behind it is an option all the same.
  const args = argv.filter((word) => word !== '--')
  const { tokens } = parseArgs({ args, options: parserOptions(), strict: false, tokens: true })
  const given: Given = {}
  const words: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind === 'option') takeFlag(given, token)
    // Every `--` is gone: this one was read out of letters such as -h-0, of which the first would be believed.
    if (token.kind === 'option-terminator') throw unknownFlag(args[token.index] ?? '--')
  }
  return { given, words }
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

interface FlagToken {
  readonly name: string
  readonly rawName: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

function takeFlag(given: Given, { name, rawName, value, inlineValue }: FlagToken): void {
  const spelling = SPELLINGS.get(name)
  if (!spelling) throw unknownFlag(rawName)
  const { option } = spelling
  if (!takesValue(option)) {
    if (value !== undefined) throw usage(`${rawName} takes no value, but "${value}" was given.`)
    Object.assign(given, { [option.name]: spelling.value })
    return
  }
  const isFlag = value?.startsWith('-') && !inlineValue
  const isEmpty = !value || (option.kind === 'list' && /^[\s,]*$/.test(value))
  if (isEmpty || isFlag) throw usage(`${rawName} needs a value: ${flagOf(option)} ${option.value}`)
  const before: unknown = Reflect.get(given, option.name)
  const isMore = option.kind === 'list' && Array.isArray(before)
  Object.assign(given, { [option.name]: option.kind === 'list' ? [...(isMore ? before : []), value] : value })
}

function unknownFlag(rawName: string): Failure {
  const meant = rawName.startsWith('--') ? nearest(rawName.slice(2), [...SPELLINGS.keys()]) : undefined
  return usage(`Unknown option ${rawName}.`, [
    meant ? `Did you mean --${meant}?` : 'All options: npx create-nix-jupyter --help',
  ])
}

function usage(message: string, next: readonly string[] = []): Failure {
  return new Failure('usage', message, { next })
}

import { Failure } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { type Given, type Option, options } from '../input/options.js'

/** A command of the program, beside making a project. */
interface CommandRow {
  readonly name: string
  readonly usage: string
  readonly help: string
  /** It changes a project, and reads its own words. */
  readonly changes?: true
  /** Its options, beside those that all that change a project have. */
  readonly takes?: readonly (keyof Given)[]
}

export const commands = [
  { name: 'help', usage: 'help [COMMAND]', help: 'show this help, or what a command takes' },
  { name: 'list', usage: 'list [--json]', help: 'show the templates and the features', takes: ['json'] },
  {
    name: 'doctor',
    usage: 'doctor [--json]',
    help: 'check this computer, and the project in this directory',
    takes: ['json'],
  },
  {
    name: 'upgrade',
    usage: 'upgrade [DIRECTORY]',
    help: 'upgrade a project to this version, and keep your changes',
    changes: true,
  },
  {
    name: 'set',
    usage: 'set [DIRECTORY] [--python VERSION] [--packages A,B]',
    help: 'change the Python version or the extra packages of a project (none: no packages)',
    changes: true,
    takes: ['python', 'packages'],
  },
  { name: 'add', usage: 'add FEATURE...', help: 'add features to the project in this directory', changes: true },
  {
    name: 'remove',
    usage: 'remove FEATURE...',
    help: 'remove features from the project in this directory',
    changes: true,
  },
  { name: 'schema', usage: 'schema', help: 'print a JSON Schema of the options' },
  { name: 'completions', usage: 'completions bash|zsh|fish', help: 'print the completions for a shell' },
] as const satisfies readonly CommandRow[]

type Row = (typeof commands)[number]
export type Command = Row['name']
export type ChangingCommand = Extract<Row, { changes: true }>['name']

/** Whether a command changes a project. */
export function isChange(name: string | undefined): name is ChangingCommand {
  return commands.some((command: CommandRow) => command.name === name && command.changes)
}

/** The options that a command takes, in the order of the table. */
export function optionsOf(command: Command): Option[] {
  const row: CommandRow | undefined = commands.find(({ name }) => name === command)
  return options.filter(
    ({ name, group, changes }: Option) =>
      row?.takes?.some((taken) => taken === name) || (row?.changes && (group !== 'project' || changes)),
  )
}

/** The command that the first word names; any other word is a directory. */
export function commandIn(words: readonly string[]): Command | undefined {
  return commands.find(({ name }) => name === words[0])?.name
}

/**
 * Two words are no directory, but can be a command that was mistyped.
 *
 * @throws {Failure} which says what was meant
 */
export function refuseMistyped([word, ...others]: readonly string[]): void {
  const names = commands.map(({ name }) => name)
  const meant = word && others.length > 0 ? nearest(word, names) : undefined
  if (meant) throw new Failure('usage', `Unknown command "${word}".`, { next: [`Did you mean "${meant}"?`] })
}

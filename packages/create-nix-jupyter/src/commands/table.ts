import { Failure } from '../base/errors.js'
import { nearest } from '../base/nearest.js'

/** A command of the program, beside making a project. */
interface CommandRow {
  readonly name: string
  readonly usage: string
  readonly help: string
  /** It changes a project, and reads its own words. */
  readonly changes?: true
}

export const commands = [
  { name: 'help', usage: 'help', help: 'show this help' },
  { name: 'list', usage: 'list [--json]', help: 'show the templates and the features' },
  { name: 'doctor', usage: 'doctor [--json]', help: 'check this computer, and the project in this directory' },
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
type ChangingCommand = Extract<Row, { changes: true }>['name']

/** Whether a command changes a project. */
export function isChange(name: string | undefined): name is ChangingCommand {
  return commands.some((command: CommandRow) => command.name === name && command.changes)
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

import { features, manifests } from '../templates/manifests.js'

/** One row of the option table: the flag, its prompt and its line in the help are all read from here. */
export interface Option {
  readonly name: string
  readonly short?: string
  readonly kind: 'text' | 'choice' | 'list' | 'boolean'
  /** How the value is written in the help. */
  readonly value?: string
  readonly help: string
  /** `change`: for the commands that change a project. */
  readonly group: 'project' | 'run' | 'change'
  /** The directory is not a flag but the one word that needs none. */
  readonly positional?: true
  /** Whether `--no-NAME` exists; with `only`, it is the one spelling. */
  readonly negative?: 'also' | 'only'
  /** Options with a question are answers: what is not given is asked for. */
  readonly question?: string
  readonly choices?: readonly Choice[]
  /** Takes other values than the choices, too. */
  readonly open?: true
  /** What counts where nothing is given: the default of a question, or of `--yes`. */
  readonly default?: string | boolean
  /** Prints something instead of making a project: only a flag, for which no variable stands. */
  readonly prints?: true
  /** Counts only where it is written for this program; never read out of what npm has kept. */
  readonly explicit?: true
  /** Not only a new project has it, but every command that changes one. */
  readonly changes?: true
}

/** A value that a `choice` option takes. */
export interface Choice {
  readonly value: string
  readonly label: string
  readonly hint?: string
}

const PYTHONS = [...new Set(manifests.flatMap((manifest) => manifest.python.choices))].sort(byVersion)

/** The option table: the only place in which an option, its values and its default are written down. */
export const options = [
  {
    name: 'directory',
    kind: 'text',
    positional: true,
    value: 'DIRECTORY',
    group: 'project',
    help: 'the directory to create; . is the current one',
    question: 'Which directory?',
    default: 'my-lab',
  },
  {
    name: 'template',
    short: 't',
    kind: 'choice',
    value: 'NAME',
    group: 'project',
    help: 'what the project is made from; also OWNER/REPO[/DIRECTORY][#REF] or ./DIRECTORY',
    question: 'Which template?',
    choices: manifests.map(({ id, title, hint }) => ({ value: id, label: title, hint })),
    open: true,
    default: manifests[0]?.id ?? '',
  },
  {
    name: 'python',
    kind: 'choice',
    value: 'VERSION',
    group: 'project',
    help: 'the version of Python',
    question: 'Which Python?',
    choices: PYTHONS.map((version) => ({ value: version, label: `Python ${version}` })),
    default: manifests[0]?.python.default ?? '',
  },
  {
    name: 'packages',
    kind: 'list',
    value: 'A,B',
    group: 'project',
    help: 'extra Python packages',
    question: 'Extra Python packages?',
    default: '',
  },
  {
    name: 'from',
    kind: 'text',
    value: 'PATH',
    group: 'project',
    help: 'bring packages and notebooks: requirements.txt, pyproject.toml, environment.yml, pixi.toml, Pipfile or a directory',
  },
  {
    name: 'with',
    kind: 'list',
    value: 'A,B',
    group: 'project',
    help: 'features to add; none leaves the default ones out',
    question: 'Which features?',
    choices: features.map(({ id, title, hint }) => ({ value: id, label: title, hint })),
    default: '',
  },
  {
    name: 'git',
    kind: 'boolean',
    negative: 'also',
    group: 'project',
    help: 'initialize a git repository (Nix copies only files that git tracks)',
    question: 'Initialize a git repository?',
    default: true,
  },
  {
    name: 'on-conflict',
    kind: 'choice',
    value: 'HOW',
    group: 'project',
    help: 'when the directory is not empty',
    choices: [
      { value: 'error', label: 'Stop', hint: 'with exit code 3' },
      { value: 'keep', label: 'Keep my files', hint: 'add only what is missing' },
      { value: 'backup', label: 'Keep mine as .backup', hint: 'put the new files in their place' },
      { value: 'increment', label: 'Use a new directory', hint: 'beside it, with a number' },
    ],
    default: 'error',
  },
  {
    name: 'trust',
    kind: 'boolean',
    explicit: true,
    changes: true,
    group: 'project',
    help: 'trust the remote template, whose code can do anything',
  },
  {
    name: 'offline',
    kind: 'boolean',
    changes: true,
    group: 'project',
    help: 'fetch nothing: use remote templates, and older versions, from the cache',
  },
  { name: 'yes', short: 'y', kind: 'boolean', group: 'run', help: 'use the default for everything that is not given' },
  { name: 'input', kind: 'boolean', negative: 'only', group: 'run', help: 'never ask; stop with exit code 2 instead' },
  { name: 'dry-run', kind: 'boolean', group: 'run', help: 'show what would be written, and write nothing' },
  { name: 'json', kind: 'boolean', group: 'run', help: 'print the result, or the error, as JSON; never ask' },
  {
    name: 'check',
    kind: 'boolean',
    group: 'change',
    help: 'write nothing; exit code 5 where there is something to do',
  },
  {
    name: 'continue',
    kind: 'boolean',
    group: 'change',
    help: 'finish a change after conflicts, or after it was stopped',
  },
  {
    name: 'abort',
    kind: 'boolean',
    group: 'change',
    help: 'go back to how everything was before an unfinished change',
  },
  { name: 'help', short: 'h', kind: 'boolean', group: 'run', help: 'show this help', prints: true },
  { name: 'version', short: 'v', kind: 'boolean', group: 'run', help: 'show the version', prints: true },
] as const satisfies readonly Option[]

export type AnswerName = Extract<(typeof options)[number], { question: string }>['name']

/** An option that is the answer to a question. */
export interface AnswerOption extends Option {
  readonly name: AnswerName
  readonly question: string
  readonly default: string | boolean
}

/** The options that are asked for, in the order of asking. */
export const questions: readonly AnswerOption[] = options.filter((option) => 'question' in option)

type Row = (typeof options)[number]
type ValueOf<Of extends Row> = Of['kind'] extends 'boolean' ? boolean : Of['kind'] extends 'list' ? string[] : string

/** The values of all options that were given, none that was not; whether they can be taken is not known yet. */
export type Given = { [Of in Row as Of['name']]?: ValueOf<Of> }

/** A value of `--on-conflict`. */
export type ConflictValue = Extract<Row, { name: 'on-conflict' }>['choices'][number]['value']

/** The row of an option. */
export function optionOf(name: Row['name']): Option {
  return options.find((option) => option.name === name) ?? options[0]
}

/** The names of an option's flags, without the dashes, and what each says of a boolean. */
export function flagsOf({ name, negative }: Option): { readonly flag: string; readonly value: boolean }[] {
  return [
    ...(negative === 'only' ? [] : [{ flag: name, value: true }]),
    ...(negative ? [{ flag: `no-${name}`, value: false }] : []),
  ]
}

/** How an option is written on the command line, for messages. */
export function flagOf(option: Option): string {
  if (option.positional) return 'DIRECTORY'
  return `--${option.negative === 'only' ? 'no-' : ''}${option.name}`
}

/** How the help and the reference write an option: every spelling, and its value. */
export function spellingOf(option: Option): string {
  const { name, short, value, positional } = option
  if (positional) return value ?? name
  const long = flagsOf(option).map(({ flag }) => `--${flag}`)
  return [short ? `-${short}, ` : '', long.join(', '), value ? ` ${value}` : ''].join('')
}

/** By the second number, as all are 3.x; comparing by a language's rules would load these for 4 ms. */
function byVersion(a: string, b: string): number {
  return Number(a.split('.')[1]) - Number(b.split('.')[1])
}

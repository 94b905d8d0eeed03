import { callOf, type Manager } from '../base/manager.js'
import { type Option, options, spellingOf } from '../input/options.js'
import { type FeatureManifest, features, manifests } from '../templates/manifests.js'
import { type Command, commands, optionsOf } from './table.js'

const GROUPS = [
  ['project', 'The project'],
  ['run', 'The run'],
  ['change', 'Changing a project'],
] as const

/** Every manager takes `npx`'s place in its own words; npm's create alone needs the extra `--`. */
function examples(manager: Manager): [string, string][] {
  const { start, dashes } = callOf(manager, 'latest')
  const short = start.replace('npx create-nix-jupyter@latest', 'npx create-nix-jupyter')
  return [
    [short, 'ask for everything'],
    [`${short} my-lab ${dashes ? '-- ' : ''}--yes`, 'ask for nothing'],
    ...(manager === 'npx' ? [] : ([['npx create-nix-jupyter my-lab --yes', 'the same program']] as [string, string][])),
  ]
}

const WITHOUT_A_TERMINAL = [
  'Without a terminal:',
  '  Nothing is asked. Give a directory and --template, or a directory and',
  '  --yes. What is missing is named, with exit code 2.',
  '  Every option but --help and --version is also an environment variable:',
  '  CREATE_NIX_JUPYTER_TEMPLATE=minimal, ..._GIT=0, ..._YES=1.',
  '  --json prints the result, or the error with what is missing, as JSON.',
  '  Exit codes: 0 the whole project exists; 1 it failed; 2 a wrong or',
  '  missing option; 3 the directory is not empty, or a change has conflicts;',
  '  4 the network failed; 5 --check found something to do; 130 and 143',
  '  stopped. With every code but 0 nothing was created.',
]

/**
 * The text of `--help`, made from the option table and the templates' manifests.
 *
 * @param command the one that it is about; the program, where there is none
 */
export function helpText(manager: Manager, command?: Command): string {
  const about = commands.find(({ name }) => name === command && name !== 'help')
  if (about) return commandHelp(about)
  const table: readonly Option[] = options
  return [
    'Creates a project in which ./start opens JupyterLab.',
    '',
    'Usage: create-nix-jupyter [DIRECTORY] [OPTIONS]',
    '       create-nix-jupyter COMMAND',
    ...GROUPS.flatMap(([group, title]) => section(title, table.filter((option) => option.group === group).map(line))),
    ...section(
      'Commands',
      commands.map(({ usage, help }) => [usage, help]),
    ),
    ...section(
      'Templates',
      manifests.map(({ id, hint }) => [id, hint]),
    ),
    ...featureLines(),
    ...section('Examples', examples(manager)),
    '',
    ...WITHOUT_A_TERMINAL,
  ].join('\n')
}

function commandHelp({ name, usage, help }: (typeof commands)[number]): string {
  const taken = optionsOf(name)
  return [
    ...wrap(`${help.charAt(0).toUpperCase()}${help.slice(1)}.`, COLUMNS),
    '',
    `Usage: create-nix-jupyter ${usage}`,
    ...(taken.length > 0 ? section('Options', taken.map(line)) : []),
    ...(usage.includes('FEATURE') ? featureLines() : []),
  ].join('\n')
}

const COLUMNS = 80
const INDENT = 2
const MAX_LEFT = 30

/** Two columns within 80: a long left side has a line of its own, a long right side goes on below itself. */
function section(title: string, rows: readonly (readonly [string, string])[]): string[] {
  const widths = rows.map(([left]) => left.length).filter((width) => width <= MAX_LEFT)
  const column = INDENT + Math.max(0, ...widths) + 2
  return ['', `${title}:`, ...rows.flatMap(([left, right]) => row(left, wrap(right, COLUMNS - column), column))]
}

function row(left: string, lines: readonly string[], column: number): string[] {
  const indented = ' '.repeat(INDENT) + left
  const [first = '', ...rest] = lines
  const below = (text: string) => ' '.repeat(column) + text
  if (indented.length + 2 > column) return [indented, ...lines.map(below)]
  return [indented.padEnd(column) + first, ...rest.map(below)]
}

function wrap(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line && line.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = line ? `${line} ${word}` : word
  }
  return lines
}

function featureLines(): string[] {
  return features.length > 0 ? section('Features', features.map(featureLine)) : []
}

function featureLine({ id, hint, default: isDefault }: FeatureManifest): [string, string] {
  return [id, isDefault ? `${hint} (default)` : hint]
}

function line(option: Option): readonly [string, string] {
  const listed = option.kind === 'choice' && !option.open
  const choices = listed ? ` (${option.choices?.map(({ value }) => value).join(', ')})` : ''
  const indent = option.positional || option.short ? '' : '    '
  return [indent + spellingOf(option), option.help + choices]
}

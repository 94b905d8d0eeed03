import { commands } from './commands.js'
import { manifests } from './manifests.js'
import { type Option, options, spellingOf } from './options.js'

const GROUPS = [
  ['project', 'The project'],
  ['run', 'The run'],
] as const

const EXAMPLES = [
  ['npm create nix-jupyter@latest', 'ask for everything'],
  ['npm create nix-jupyter@latest my-lab -- --yes', 'ask for nothing'],
  ['npx create-nix-jupyter my-lab -t minimal --python 3.12', 'the same program, without the extra --'],
] as const

const WITHOUT_A_TERMINAL = [
  'Without a terminal:',
  '  Nothing is asked. Give a directory and --template, or a directory and --yes; what lacks is named, with exit code 2.',
  '  Every option but --help and --version is also a variable: CREATE_NIX_JUPYTER_TEMPLATE=minimal, …_GIT=0, …_YES=1.',
  '  --json prints the result, or the error with what is missing and what to do next.',
  '  Exit codes: 0 the project is there, whole; 1 it failed; 2 a wrong or missing option; 3 the folder is taken;',
  '  4 the network failed; 130 and 143 it was stopped. With every code but 0 nothing was made.',
]

/** The text of `--help`, made from the option table and the templates' manifests. */
export function helpText(): string {
  const table: readonly Option[] = options
  return [
    'Makes a project in which ./start opens JupyterLab.',
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
    ...section('Examples', EXAMPLES),
    '',
    ...WITHOUT_A_TERMINAL,
  ].join('\n')
}

function section(title: string, rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2
  return ['', `${title}:`, ...rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`)]
}

function line(option: Option): readonly [string, string] {
  const listed = option.kind === 'choice' && option.name !== 'template'
  const choices = listed ? ` (${option.choices?.map(({ value }) => value).join(', ')})` : ''
  const indent = option.positional || option.short ? '' : '    '
  return [indent + spellingOf(option), option.help + choices]
}

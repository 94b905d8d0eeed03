import { type Option, options } from './options.js'
import { manifests } from './templates.js'

const GROUPS = [
  ['project', 'The project'],
  ['run', 'The run'],
] as const

const EXAMPLES = [
  ['npm create nix-jupyter@latest', 'ask for everything'],
  ['npm create nix-jupyter@latest my-lab -- --yes', 'ask for nothing'],
  ['npx create-nix-jupyter my-lab -t minimal --python 3.12', 'the same program, without the extra --'],
] as const

/** The text of `--help`, made from the option table and the templates' manifests. */
export function helpText(): string {
  const table: readonly Option[] = options
  return [
    'Makes a project in which ./start opens JupyterLab.',
    '',
    'Usage: create-nix-jupyter [DIRECTORY] [OPTIONS]',
    ...GROUPS.flatMap(([group, title]) => section(title, table.filter((option) => option.group === group).map(line))),
    ...section(
      'Templates',
      manifests.map(({ id, hint }) => [id, hint]),
    ),
    ...section('Examples', EXAMPLES),
    '',
    'Without a terminal nothing is asked: give a directory and --template, or a directory and --yes.',
    'Exit codes: 0 the project is there, whole; 1 it failed; 2 a wrong or missing option; 3 the folder is taken;',
    '130 and 143 it was stopped. With every code but 0 nothing was made.',
  ].join('\n')
}

function section(title: string, rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2
  return ['', `${title}:`, ...rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`)]
}

function line(option: Option): readonly [string, string] {
  const choices = option.kind === 'choice' ? ` (${option.choices?.map(({ value }) => value).join(', ')})` : ''
  return [spelling(option), option.help + choices]
}

function spelling({ name, short, value, positional, negative }: Option): string {
  if (positional) return value ?? name
  const long = { also: `--${name}, --no-${name}`, only: `--no-${name}`, none: `--${name}` }[negative ?? 'none']
  return [short ? `-${short}, ` : '    ', long, value ? ` ${value}` : ''].join('')
}

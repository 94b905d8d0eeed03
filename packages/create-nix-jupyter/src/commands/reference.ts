import catalogue from '../../../../templates/shared/nix/lab/checks/doctor.json' with { type: 'json' }
import { variableOf } from '../input/environment.js'
import { type Option, options, spellingOf } from '../input/options.js'
import { features, type Manifest, manifests } from '../templates/manifests.js'
import { commands } from './table.js'

/** The reference page of the documentation, made from the same table as the help. */
export function referenceText(): string {
  const table: readonly Option[] = options
  return `# Reference

This page is made from the program's option table by \`npm run reference -w create-nix-jupyter\`.

\`\`\`
npx create-nix-jupyter [DIRECTORY] [OPTIONS]
npx create-nix-jupyter COMMAND
npm create nix-jupyter@latest [DIRECTORY] [-- OPTIONS]
pnpm create nix-jupyter [DIRECTORY] [OPTIONS]        also yarn create, bun create
deno run -A npm:create-nix-jupyter [DIRECTORY] [OPTIONS]
\`\`\`

## Options

| option | environment variable | meaning |
|---|---|---|
${table.map((option) => `| ${cell(spellingOf(option))} | ${cell(variableOf(option))} | ${meaning(option)} |`).join('\n')}

An option beats its environment variable. Options that \`npm create\` consumed because \`--\` was missing are used too, with a warning, but
never a name that is set in an .npmrc, and never \`--trust\`. Without a terminal nothing is asked: what is missing and has no default is named, with exit code 2.

## Templates

| name | what it is | Python |
|---|---|---|
${manifests.map(({ id, hint, python }) => `| \`${id}\` | ${hint} | ${versionsOf(python)} |`).join('\n')}

## Features

| name | what it is | default | templates |
|---|---|---|---|
${features.map(({ id, hint, default: isDefault, templates }) => `| \`${id}\` | ${hint} | ${isDefault ? 'yes' : ''} | ${templates?.join(', ') ?? 'all'} |`).join('\n')}

## Commands

| command | what it does |
|---|---|
${commands.map(({ usage, help }) => `| \`${usage.replaceAll('|', '\\|')}\` | ${help} |`).join('\n')}

[Changing and upgrading a project](upgrade.md) explains \`upgrade\`, \`set\`, \`add\` and \`remove\`.

## What doctor finds

\`create-nix-jupyter doctor\` and \`lab doctor\` in a project have one catalogue of problems, each with its command:

| name | problem | command |
|---|---|---|
${Object.entries(catalogue)
  .flatMap(([name, line]) =>
    'problem' in line ? `| \`${name}\` | ${shown(line.problem)} | ${code(shown(line.fix))} |` : [],
  )
  .join('\n')}

## Exit codes

| code | meaning |
|---|---|
| 0 | the whole project exists: written, read back, moved into place |
| 1 | it failed: the disk, for example |
| 2 | a wrong option, or a missing one |
| 3 | the directory is not empty; or a change of a project has conflicts, or is not finished |
| 4 | the network failed |
| 5 | \`--check\` found something to do |
| 129, 130, 143 | it was stopped by a signal |

With every code but 0 nothing was created. \`--json\` prints the result, or the error with \`missing\` and \`next\`, as JSON.
`
}

/** What is filled in, and what would be a border of the table. */
function shown(text: string): string {
  return text.replace(/\{[a-z]+\}/g, '…').replaceAll('|', '\\|')
}

function code(text: string): string {
  return text === '…' ? text : `\`${text}\``
}

function cell(text: string | undefined): string {
  return text ? `\`${text}\`` : ''
}

function meaning(option: Option): string {
  const choices = option.open ? [] : (option.choices ?? [])
  return option.help + (choices.length > 0 ? `: ${choices.map(({ value }) => `\`${value}\``).join(', ')}` : '')
}

/** The versions, and which of them nobody has ready-made. */
function versionsOf({ choices, compiled = [] }: Manifest['python']): string {
  return choices
    .map((version) => (compiled.includes(version) ? `${version} (compiled on your computer)` : version))
    .join(', ')
}

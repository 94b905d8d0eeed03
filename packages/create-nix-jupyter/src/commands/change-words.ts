import { statSync } from 'node:fs'
import path from 'node:path'
import { Failure } from '../base/errors.js'
import { type Host, refuseLostDirectory } from '../base/host.js'
import { shellQuote } from '../base/shell.js'
import type { Request } from '../input/gather.js'
import { flagOf, type Given, options } from '../input/options.js'
import { expandHome } from '../questions/target.js'
import type { ChangeCommand } from './change-command.js'
import { optionsOf } from './table.js'

// What was typed after a command that changes a project.

/** @throws {Failure} for an option that the command does not take */
export function refuseOthers({ name }: ChangeCommand, typed: Given): void {
  const taken = optionsOf(name).map((option) => option.name)
  const other = options.find((option) => option.name in typed && !taken.includes(option.name))
  if (!other) return
  throw new Failure('usage', `${name} takes no ${flagOf(other)}.`, {
    next: [`All options: npx create-nix-jupyter ${name} --help`],
  })
}

/** @throws {Failure} where what goes on with a change, or takes it back, would begin another one */
export function refuseMore({ name, words: kind }: ChangeCommand, { typed, words }: Request): void {
  const options = (['abort', 'continue'] as const).filter((option) => typed[option])
  const [option] = options
  if (!option) return
  const more = [
    ...(options.length > 1 ? ['--continue'] : []),
    ...(kind === 'own' ? words.slice(1) : []),
    ...(['python', 'packages'] as const).filter((other) => other in typed).map((other) => `--${other}`),
  ]
  if (more.length === 0) return
  throw new Failure('usage', `${name} --${option} is about the change that is not finished, and takes no ${more[0]}.`, {
    next: [`Next: npx create-nix-jupyter upgrade --${option}`],
  })
}

/**
 * The directory of the project, and as it was typed.
 *
 * @throws {Failure} where there is none
 */
export function projectAt(
  { name, words }: ChangeCommand,
  request: Request,
  host: Host,
): { root: string; typed: string } {
  const [directory = '.', second] = words === 'directory' ? request.words.slice(1) : []
  const own = optionsOf(name).filter(({ group, changes }) => group === 'project' && !changes)
  const next = [
    ...(own.length > 0 ? [`It takes ${own.map(flagOf).join(' and ')}.`] : []),
    'Go to the directory of the project first.',
  ]
  if (second !== undefined) throw new Failure('usage', `${name} takes one directory, not also "${second}".`, { next })
  refuseLostDirectory(host)
  const typed = expandHome(directory, host)
  const root = path.resolve(host.cwd, typed)
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory()) return { root, typed }
  throw new Failure('usage', `${typed} is not a directory.`, { next })
}

/** What adds or removes Python packages, which have names like features. */
export function packageCommand(command: 'add' | 'remove', names: readonly string[]): string {
  return `For a Python package: ./lab ${command} ${names.map(shellQuote).join(' ')}`
}

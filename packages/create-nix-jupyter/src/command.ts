import { whyNotNewName } from './names.js'
import { shellQuote } from './shell.js'

/** What the repeating command is made of. */
interface Repeatable {
  readonly name: string
  readonly template: string
  readonly python: string
  readonly packages: readonly string[]
  readonly git: boolean
}

/** The exact command that makes the same project again, with the exact version of this program. */
export function repeatCommand({ name, template, python, packages, git }: Repeatable): string {
  // The name of a folder that was there already may be one that no new folder could have.
  const words = [whyNotNewName(name, true) ? '.' : name, '--', '--template', template, '--python', python]
  if (packages.length > 0) words.push('--packages', packages.join(','))
  if (!git) words.push('--no-git')
  return ['npm', 'create', `nix-jupyter@${PROGRAM_VERSION}`, ...words, '--yes'].map(shellQuote).join(' ')
}

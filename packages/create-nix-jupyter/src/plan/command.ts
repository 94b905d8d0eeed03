import { callOf, type Manager } from '../base/manager.js'
import { whyNotNewName } from '../base/names.js'
import { shellQuote } from '../base/shell.js'
import { writtenFeatures } from '../questions/features.js'

/** What the repeating command is made of. */
interface Repeatable {
  readonly name: string
  readonly template: string
  readonly python: string
  readonly packages: readonly string[]
  readonly features: readonly string[]
  readonly git: boolean
}

/**
 * The exact command that makes the same project again, with the exact version of this program.
 * What is recorded in the project is npm's, so that same answers are same bytes; what is shown is for the manager at hand.
 */
export function repeatCommand(answers: Repeatable, manager: Manager = 'npm'): string {
  const { name, template, python, packages, features, git } = answers
  const { start, dashes } = callOf(manager, PROGRAM_VERSION)
  // The name of a directory that was there already may be one that no new directory could have.
  const words = [
    whyNotNewName(name, true) ? '.' : name,
    ...(dashes ? ['--'] : []),
    '--template',
    template,
    '--python',
    python,
  ]
  if (packages.length > 0) words.push('--packages', packages.join(','))
  const wanted = writtenFeatures(features)
  if (wanted.length > 0) words.push('--with', wanted.join(','))
  if (!git) words.push('--no-git')
  return `${start} ${[...words, '--yes'].map(shellQuote).join(' ')}`
}

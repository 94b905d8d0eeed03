import { Failure } from '../base/errors.js'
import type { Host } from '../base/host.js'
import { parseArguments } from './argv.js'
import { readEnvironment } from './environment.js'
import { flagOf, type Given, options } from './options.js'
import { recoverSwallowed } from './swallowed.js'

/** Everything that the user said before a question is asked. */
export interface Request {
  readonly given: Given
  /** The part of it that was typed with this command, and does not stand in the environment. */
  readonly typed: Given
  readonly words: readonly string[]
  /** What the user should know about how they were understood. */
  readonly warnings: readonly string[]
}

/**
 * Gathers what was given: the command line first, then what npm kept of it, then the environment.
 *
 * @throws {Failure} where it cannot be understood
 */
export function gather(argv: readonly string[], host: Host): Request {
  const line = parseArguments(argv)
  const swallowed = recoverSwallowed(line.words, host.env)
  const typed = { ...swallowed.given, ...line.given }
  return {
    given: { ...readEnvironment(host.env), ...typed },
    typed,
    words: swallowed.words,
    warnings: swallowed.warnings,
  }
}

/**
 * Takes the one word that a project needs.
 *
 * @throws {Failure} where there are two
 */
export function withDirectory({ given, words }: Request): Given {
  const stray = options.find(({ name, group }) => group === 'change' && name in given)
  if (stray) {
    throw new Failure('usage', `${flagOf(stray)} needs one of the commands upgrade, set, add and remove.`, {
      next: [`Next: npx create-nix-jupyter upgrade ${flagOf(stray)}`],
    })
  }
  const [directory, second] = words
  if (second !== undefined) {
    throw new Failure('usage', `One directory at a time: "${directory}" and "${second}" were given.`, {
      next: ['Next: put quotes around a value that has spaces in it.'],
    })
  }
  return directory === undefined ? given : { ...given, directory }
}

import type { Request } from '../input/gather.js'
import type { Given } from '../input/options.js'
import type { Wanted } from '../plan/wanted.js'

/** A command that changes a project. */
export interface ChangeCommand {
  readonly name: string
  /** Options beside those that all of them have. */
  readonly takes: readonly (keyof Given)[]
  /** What the words after the command mean: the project's directory, or something that `wanted` reads. */
  readonly words: 'directory' | 'own'
  /**
   * What the project shall be.
   *
   * @throws {Failure} where the words do not say so
   */
  readonly wanted: (before: Wanted, request: Request) => Wanted
}

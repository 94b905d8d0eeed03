import type { Request } from '../input/gather.js'
import type { Wanted } from '../plan/wanted.js'
import type { ChangingCommand } from './table.js'

/** A command that changes a project. */
export interface ChangeCommand {
  readonly name: ChangingCommand
  /** What the words after the command mean: the project's directory, or something that `wanted` reads. */
  readonly words: 'directory' | 'own'
  /**
   * What the project shall be.
   *
   * @throws {Failure} where the words do not say so
   */
  readonly wanted: (before: Wanted, request: Request) => Wanted
}

import { Failure } from '../base/errors.js'
import { nearest } from '../base/nearest.js'

/** The refusal of a value that is none of the choices, with the one that was most likely meant. */
export function notAChoice(name: string, value: string, choices: readonly string[]): Failure {
  const meant = nearest(value, choices)
  return new Failure('usage', `Unknown ${name} "${value}".`, {
    next: [...(meant ? [`Did you mean "${meant}"?`] : []), `Available: ${choices.join(', ')}`],
  })
}

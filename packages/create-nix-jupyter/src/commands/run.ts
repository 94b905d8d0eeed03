import { Failure } from '../base/errors.js'
import type { Host } from '../base/host.js'
import { managerOf } from '../base/manager.js'
import { nearest } from '../base/nearest.js'
import type { Command } from './table.js'

/** What a command came to. */
export interface Printed {
  readonly text: string
  readonly exitCode: number
}

/**
 * Runs a command.
 *
 * @returns what it prints, and the exit code
 * @throws {Failure} for words that it does not know
 */
export async function runCommand(name: Command, words: readonly string[], json: boolean, host: Host): Promise<Printed> {
  const [argument, second] = words.slice(1)
  const surplus = name === 'completions' ? second : argument
  if (surplus !== undefined) throw new Failure('usage', `${name} takes no argument "${surplus}".`)
  switch (name) {
    case 'help': {
      const { helpText } = await import('./help.js')
      return { text: helpText(managerOf(host.env)), exitCode: 0 }
    }
    case 'list': {
      const { listText, listJson } = await import('./list.js')
      return { text: json ? listJson() : listText(), exitCode: 0 }
    }
    case 'doctor': {
      const { doctor } = await import('./doctor.js')
      const { text, isWell } = await doctor(host, json)
      return { text, exitCode: isWell ? 0 : 1 }
    }
    case 'schema': {
      const { schemaText } = await import('./schema.js')
      return { text: schemaText(), exitCode: 0 }
    }
    case 'completions': {
      const { completions } = await import('./completions.js')
      const shell = shellIn(argument, Object.keys(completions) as (keyof typeof completions)[])
      return { text: completions[shell](), exitCode: 0 }
    }
  }
}

function shellIn<Shell extends string>(typed: string | undefined, shells: readonly Shell[]): Shell {
  const shell = shells.find((known) => known === typed)
  if (shell) return shell
  const meant = typed && nearest(typed, shells)
  throw new Failure('usage', typed ? `Unknown shell "${typed}".` : 'Which shell?', {
    next: [meant ? `Did you mean "${meant}"?` : `Available: ${shells.join(', ')}`],
  })
}

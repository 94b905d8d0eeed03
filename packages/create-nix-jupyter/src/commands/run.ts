import { Failure } from '../base/errors.js'
import type { Manager } from '../base/manager.js'
import { nearest } from '../base/nearest.js'
import type { Command } from './table.js'

/**
 * Runs a command.
 *
 * @returns what it prints
 * @throws {Failure} for words that it does not know
 */
export async function runCommand(
  name: Command,
  words: readonly string[],
  json: boolean,
  manager: Manager,
): Promise<string> {
  const [argument, second] = words.slice(1)
  const surplus = name === 'completions' ? second : argument
  if (surplus !== undefined) throw new Failure('usage', `${name} takes no argument "${surplus}".`)
  switch (name) {
    case 'help': {
      const { helpText } = await import('./help.js')
      return helpText(manager)
    }
    case 'list': {
      const { listText, listJson } = await import('./list.js')
      return json ? listJson() : listText()
    }
    case 'schema': {
      const { schemaText } = await import('./schema.js')
      return schemaText()
    }
    case 'completions': {
      const { completions } = await import('./completions.js')
      return completions[shellIn(argument, Object.keys(completions) as (keyof typeof completions)[])]()
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

import { Failure } from './errors.js'
import type { Manager } from './manager.js'
import { nearest } from './nearest.js'

/** What the program can do beside making a project; each prints something and writes nothing. */
export const commands = [
  { name: 'help', usage: 'help', help: 'show this help' },
  { name: 'list', usage: 'list [--json]', help: 'show the templates' },
  { name: 'schema', usage: 'schema', help: 'print a JSON Schema of the options' },
  { name: 'completions', usage: 'completions bash|zsh|fish', help: 'print the completions for a shell' },
] as const

export type Command = (typeof commands)[number]['name']

/** The command that the first word names; any other word is a folder. */
export function commandIn(words: readonly string[]): Command | undefined {
  return commands.find(({ name }) => name === words[0])?.name
}

/** Runs a command and returns what it prints. */
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
  throw new Failure('usage', typed ? `Unknown shell "${typed}".` : 'For which shell?', {
    next: [meant ? `Did you mean "${meant}"?` : `Available: ${shells.join(', ')}`],
  })
}

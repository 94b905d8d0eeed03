import { Failure } from '../base/errors.js'
import { managerOf } from '../base/manager.js'
import { nearest } from '../base/nearest.js'
import type { Request } from '../input/gather.js'
import type { Run } from './change.js'
import type { Printed } from './printed.js'
import { type Command, commandIn, isChange } from './table.js'

/** The others are told by options alone what they shall do. */
const TAKES_ONE: readonly Command[] = ['completions', 'help']

/**
 * Runs a command.
 *
 * @returns what it prints, and the exit code
 * @throws {Failure} for words that it does not know
 */
export async function runCommand(name: Command, request: Request, run: Run): Promise<Printed> {
  const { host } = run
  const json = request.given.json === true
  const [argument, second] = request.words.slice(1)
  if (isChange(name)) {
    const { changeProject, changes } = await import('./changes.js')
    return changeProject(changes[name], request, run)
  }
  const stray = TAKES_ONE.includes(name) ? second : argument
  if (stray !== undefined) throw new Failure('usage', `${name} takes no argument "${stray}".`)
  switch (name) {
    case 'help': {
      const { helpText } = await import('./help.js')
      return { text: helpText(managerOf(host.env), commandIn(request.words.slice(1))), exitCode: 0 }
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

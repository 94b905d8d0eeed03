import type { Ways } from '../apply/unfinished.js'
import type { Host } from '../base/host.js'
import { callOf, managerOf } from '../base/manager.js'
import { shellQuote } from '../base/shell.js'

/** How this program is called for a project that is there, in the version that runs now. */
export function callHere({ env }: Host): string {
  const manager = managerOf(env)
  return callOf(manager === 'npm' ? 'npx' : manager, PROGRAM_VERSION).start
}

/** The two commands after a change that is not finished, as they work in the directory of this run. */
export function waysOf(typed: string, root: string, host: Host): Ways {
  const start = callHere(host)
  const where = root === host.cwd ? '' : ` ${shellQuote(typed)}`
  return { goOn: `${start} upgrade${where} --continue`, goBack: `${start} upgrade${where} --abort` }
}

import path from 'node:path'
import { conflictsLeft } from '../apply/unfinished.js'
import { Failure } from '../base/errors.js'
import type { Host } from '../base/host.js'
import { waysOf } from './ways.js'

/** What doctor says of a change of a project that is not finished; undefined where there is none. Never rejects. */
export function unfinishedIn(
  project: string,
  host: Host,
): { project: string; why: string; command: string } | undefined {
  const { goOn } = waysOf(path.relative(host.cwd, project) || '.', project, host)
  try {
    const conflicts = conflictsLeft(project, host)
    if (!conflicts) return undefined
    return { project, why: conflicts.length > 0 ? `: conflicts in ${conflicts.join(', ')}` : '', command: goOn }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { project, why: `: ${error.message.replace(/\.$/, '')}`, command: error.next.at(-1) ?? goOn }
  }
}

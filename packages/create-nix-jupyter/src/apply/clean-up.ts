import path from 'node:path'
import type { Host } from '../base/host.js'
import type { Target } from '../questions/target.js'
import { clearStaging } from './leftovers.js'
import { resumeStopped } from './resume.js'

/**
 * Cleans up after runs that were killed, so that everything after it sees the directory as it should be.
 *
 * @returns what the user should know
 * @throws {Failure} where a run has stopped while it moved files into this directory: they are all there now
 */
export function cleanUp(target: Target, host: Host): string[] {
  if (target.exists) resumeStopped(target, host)
  const directories = target.exists ? [target.root, path.dirname(target.root)] : [path.dirname(target.firstMissing)]
  return directories.flatMap((directory) => clearStaging(directory, host))
}

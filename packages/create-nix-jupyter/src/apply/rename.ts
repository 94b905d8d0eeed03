import { existsSync, renameSync } from 'node:fs'
import { Failure, systemError } from '../base/errors.js'

/** What renaming says while another program has something open in there: on Windows, and on its drives in WSL2. */
const HELD = ['EPERM', 'EACCES', 'EBUSY']

/** An antivirus or an indexer is done with a new file in a moment. */
const PAUSE_MS = 100
/** Three seconds; counted, because a clock that only runs forward costs every run five modules of Node. */
const MAX_PAUSES = 30

/**
 * Renames a directory that was just made, and waits where another program holds it. Nothing else can happen meanwhile.
 *
 * @throws {Failure} where it is held for longer; the system's own error for everything else
 */
export function renameHeld(from: string, to: string): void {
  for (let pauses = 0; ; pauses++) {
    try {
      renameSync(from, to)
      return
    } catch (error) {
      const { code } = systemError(error)
      if (!HELD.includes(code) || existsSync(to)) throw error
      if (pauses === MAX_PAUSES) {
        throw new Failure('failed', `${to} could not be created: another program holds its files (${code}).`, {
          next: ['Next: wait until the antivirus, or whatever it is, has looked at them, and run the command again.'],
        })
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
    }
  }
}

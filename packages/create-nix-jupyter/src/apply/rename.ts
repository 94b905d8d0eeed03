import { existsSync, renameSync } from 'node:fs'
import { Failure, systemError } from '../base/errors.js'

/** What renaming says while another program has something open in there: on Windows, and on its drives in WSL2. */
const HELD = ['EPERM', 'EACCES', 'EBUSY']

/** An antivirus or an indexer is done with a new file in a moment. */
const PATIENCE_MS = 3000
const PAUSE_MS = 100

/**
 * Renames a folder that was just made, and waits where another program holds it. Nothing else can happen meanwhile.
 * @throws Failure that says so where it is held for longer; the system's own error for everything else
 */
export function renameHeld(from: string, to: string): void {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      renameSync(from, to)
      return
    } catch (error) {
      const { code } = systemError(error)
      if (!HELD.includes(code) || existsSync(to)) throw error
      if (performance.now() > deadline) {
        throw new Failure('failed', `${to} could not be made: another program holds its files (${code}).`, {
          next: ['Wait until the antivirus, or whatever it is, has looked at them, and run the command again.'],
        })
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
    }
  }
}

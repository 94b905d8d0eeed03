import { endAll } from '../support/launch.ts'
import { abilities } from './abilities.ts'
import { conflicts } from './conflicts.ts'
import { disk } from './disk.ts'
import { flags } from './flags.ts'
import { hostile } from './hostile.ts'
import { names } from './names.ts'
import { network } from './network.ts'
import { removeAllScenes } from './scene.ts'
import { signals } from './signals.ts'
import { removeSites } from './sites.ts'
import type { Theme } from './situation.ts'
import { terminals } from './terminals.ts'

/** The one list of awkward situations: a test says what our program does in each, and a benchmark what others do. */
export const THEMES: readonly Theme[] = [disk, signals, conflicts, terminals, flags, names, network, hostile, abilities]

/** Ends and removes whatever a situation has left, also where it was interrupted. */
export function clear(): void {
  endAll()
  removeSites()
  removeAllScenes()
}

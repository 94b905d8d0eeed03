import { spawnSync } from 'node:child_process'

// What a test needs of the machine is asked for by ability; the reason why it cannot be had is empty where it can.

const ROOT = 'it takes root on Linux'

function whyNot(...namespaces: string[]): string {
  return spawnSync('unshare', [...namespaces, 'true']).status === 0 ? '' : ROOT
}

/** Why a test cannot lay a disk of its own over folders of this machine. */
export const noLayer = whyNot('--mount')

/** Why a process cannot be given a network of its own, without a way out. */
export const noCutOff = whyNot('--net')

/** For the name of a test that is skipped: `npm test` shows it at the end. */
export function notRun(reason: string): string {
  return reason && ` (not run: ${reason})`
}

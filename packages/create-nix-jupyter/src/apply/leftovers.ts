import { randomBytes } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Host } from '../base/host.js'
import { STAGING } from '../base/own-names.js'
import { shellQuote } from '../base/shell.js'
import { hasEnded, isAtWork, isPrivate, placeOf } from './owner.js'

/** No run takes as long; a younger directory of another machine is rather one at work than a leftover. */
const WORTH_NAMING_MS = 10 * 60 * 1000

/** A fresh path for a staging directory of this process. */
export function stagingPath(directory: string, host: Host): string {
  return path.join(directory, `.create-nix-jupyter-${placeOf(host)}-${host.pid}-${randomBytes(4).toString('hex')}`)
}

/**
 * Makes a staging directory, which only this user can look into, and returns its path.
 *
 * @throws a system error
 */
export function makeStaging(directory: string, host: Host): string {
  const staging = stagingPath(directory, host)
  mkdirSync(staging, { mode: 0o700 })
  return staging
}

/**
 * Removes the staging directories of killed runs, in which nothing is but copies of ours. Returns what to tell about
 * those of which it is not certain that their run has ended.
 */
export function clearStaging(directory: string, host: Host): string[] {
  const doubtful: string[] = []
  for (const name of entriesOf(directory)) {
    const [, place, pid] = STAGING.exec(name) ?? []
    if (place === undefined) continue
    const leftover = path.join(directory, name)
    const found = lstatSync(leftover, { throwIfNoEntry: false })
    if (!found?.isDirectory()) continue
    const maker = { place, pid: Number(pid) }
    if (isPrivate(found, host) && hasEnded(maker, host)) removeStaging(leftover)
    else if (!isAtWork(maker, host) && Date.now() - found.mtimeMs > WORTH_NAMING_MS) doubtful.push(leftover)
  }
  return doubtful.map(
    (leftover) => `A stopped run may have left ${leftover}. If no other run is active: rm -r ${shellQuote(leftover)}`,
  )
}

/** What cannot be removed now, because a git of the killed run goes on for a moment or the disk fails, a later run clears. */
export function removeStaging(staging: string): void {
  try {
    // The tree of a new project has left it. `rmSync` alone would do, and take several times as long.
    rmdirSync(staging)
  } catch {
    try {
      rmSync(staging, { recursive: true, force: true, maxRetries: 2, retryDelay: 50 })
    } catch {}
  }
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

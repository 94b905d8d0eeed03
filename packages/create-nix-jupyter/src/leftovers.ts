import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import type { Host } from './host.js'
import { undoMoves } from './moves.js'

/** The folder in which a project is put together: its name says whose it is, so that a killed run can be cleaned up. */
const STAGING = /^\.create-nix-jupyter-([a-z0-9]{1,12})-(\d+)-[0-9a-f]{8}$/

const A_DAY_MS = 24 * 60 * 60 * 1000

/** A fresh name for a staging folder of this process. */
export function stagingName(host: Host): string {
  return `.create-nix-jupyter-${machineTag()}-${host.pid}-${randomBytes(4).toString('hex')}`
}

/** Whether a name in a folder is that of a staging folder. */
export function isStagingName(name: string): boolean {
  return STAGING.test(name)
}

/** Removes what killed runs have left in a folder, and takes back files that they had moved only in part. */
export function clearLeftovers(folder: string, host: Host): void {
  for (const name of entriesOf(folder)) {
    const leftover = path.join(folder, name)
    if (!isAbandoned(name, leftover, host)) continue
    undoMoves(leftover, folder)
    removeLeftover(leftover)
  }
}

/** A killed run may have left a git at work for a moment longer; what cannot be removed waits for the next run. */
function removeLeftover(leftover: string): void {
  try {
    rmSync(leftover, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  } catch {}
}

/** Its process is gone; or, where that cannot be known (a shared folder, a number used again), it is a day old. */
function isAbandoned(name: string, leftover: string, host: Host): boolean {
  const [, tag, pid] = STAGING.exec(name) ?? []
  if (tag === undefined) return false
  if (tag === machineTag() && !host.isRunning(Number(pid))) return true
  const made = statSync(leftover, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
  return Date.now() - made > A_DAY_MS
}

function machineTag(): string {
  return (
    hostname()
      .toLowerCase()
      .replace(/[^a-z0-9]/g, '')
      .slice(0, 12) || 'x'
  )
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

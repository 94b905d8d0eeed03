import { existsSync, linkSync, lstatSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import path from 'node:path'
import { explainSystemError, Failure, systemError } from '../base/errors.js'
import { hashOf } from '../base/hash.js'
import type { Host } from '../base/host.js'
import { shellQuote } from '../base/shell.js'
import type { Target } from '../questions/target.js'
import { type Backup, type Journal, type JournalFile, readJournal } from './journal.js'
import { removeStaging, stagingPath } from './leftovers.js'
import { CLAIM, directoriesOf, moveRepository, putFile, TREE } from './moves.js'
import { hasEnded, identityOf } from './owner.js'

/** A claim of which the user has said, by this name, that its run has ended. */
const STOPPED = '.create-nix-jupyter-stopped'

/**
 * Goes on where a killed run has stopped to move files into this directory. Files are only added, never removed or
 * replaced: since then the directory may have been used. Returns where nothing of that run was there yet.
 *
 * @throws {Failure} where files were completed, or it is not certain that the run has ended
 */
export function resumeStopped({ root, typed }: Target, host: Host): void {
  for (const name of [CLAIM, STOPPED]) {
    const claim = path.join(root, name)
    if (!lstatSync(claim, { throwIfNoEntry: false })) continue
    const journal = readJournal(claim, host)
    // Another run may have finished since, which takes its claim away.
    if (!journal && !lstatSync(claim, { throwIfNoEntry: false })) continue
    if (!journal) throw notOurs(claim)
    if (name === CLAIM && !hasEnded(journal.maker, host)) throw maybeAtWork(claim, typed)
    const hasBegun = journal.files.some((file) => isBegun(claim, root, file))
    try {
      if (hasBegun) complete(claim, root, journal)
    } catch (error) {
      throw explainSystemError(error, typed)
    }
    release(claim, root, host)
    if (hasBegun) throw completed(typed)
  }
}

function isBegun(claim: string, root: string, { path: file, backup }: JournalFile): boolean {
  const staged = identityOf(path.join(claim, TREE, file))
  if (staged === undefined || staged === identityOf(path.join(root, file))) return true
  return backup !== undefined && identityOf(path.join(root, backup.path)) === backup.identity
}

/** Two that do this at once do no harm: each step is done once, by the one or the other. */
function complete(claim: string, root: string, { files }: Journal): void {
  for (const file of files) {
    const staged = path.join(claim, TREE, file.path)
    const place = path.join(root, file.path)
    if (!lstatSync(staged, { throwIfNoEntry: false })?.isFile() || !makeDirectories(root, file.path)) continue
    if (identityOf(place) === identityOf(staged) || hashOf(readFileSync(staged)) !== file.hash) continue
    if (file.backup && identityOf(place) === file.backup.identity) makeRoom(claim, root, file, file.backup)
    unlessThere(() => putFile(staged, place))
  }
  unlessThere(() => moveRepository(claim, root))
}

function makeRoom(claim: string, root: string, file: JournalFile, backup: Backup): void {
  const renamed = path.join(root, backup.path)
  // Edited since, it is in use and stays.
  if (hashOf(readFileSync(path.join(root, file.path))) !== backup.hash) return
  unlessThere(() => linkSync(path.join(root, file.path), renamed))
  if (identityOf(renamed) !== backup.identity) return
  renameSync(path.join(root, file.path), path.join(claim, 'old', hashOf(Buffer.from(file.path)).replace(/\W/g, '')))
}

/** Whether only real directories, made where they were missing, lead to the file. */
function makeDirectories(root: string, file: string): boolean {
  return directoriesOf(file).every((directory) => {
    unlessThere(() => mkdirSync(path.join(root, directory)))
    return lstatSync(path.join(root, directory)).isDirectory()
  })
}

function unlessThere(step: () => void): void {
  try {
    step()
  } catch (error) {
    if (systemError(error).code !== 'EEXIST') throw error
  }
}

/** From now on it is a directory like any other that a killed run has left. */
function release(claim: string, root: string, host: Host): void {
  const staging = stagingPath(root, host)
  try {
    renameSync(claim, staging)
  } catch (error) {
    if (existsSync(claim)) throw explainSystemError(error, claim)
  }
  removeStaging(staging)
}

function completed(typed: string): Failure {
  return new Failure('conflict', `A stopped run had started a project in ${typed}. It is complete now.`, {
    next: ['Next: look at it, or choose another directory for a new one.'],
  })
}

function maybeAtWork(claim: string, typed: string): Failure {
  const stopped = path.join(path.dirname(claim), STOPPED)
  return new Failure('conflict', `Another run is moving files into ${typed}, or was stopped while it did.`, {
    next: [
      'If it is still running, wait until it has finished. If not, this lets the next run complete it:',
      `mv ${shellQuote(claim)} ${shellQuote(stopped)}`,
    ],
  })
}

function notOurs(claim: string): Failure {
  return new Failure('conflict', `${claim} exists, and this program did not write it for you.`, {
    next: ['Next: look at what is in it. If it is nothing that you need:', `rm -r ${shellQuote(claim)}`],
  })
}

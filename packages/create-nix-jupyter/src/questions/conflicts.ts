import { lstatSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { explainSystemError, Failure } from '../base/errors.js'
import { isStagingName, RECORD } from '../base/own-names.js'
import { shellQuote } from '../base/shell.js'
import { type Choice, type ConflictValue, optionOf } from '../input/options.js'
import type { Ask } from './question.js'
import type { Target } from './target.js'

/** What happens to files that are where the project's should be; `merge` is asked file by file. */
export type OnConflict = ConflictValue | 'merge'

/** A directory for the project, and what may happen to the files in it. */
export interface Claim {
  readonly target: Target
  readonly onConflict: OnConflict
}

const OTHER: Choice = { value: 'other', label: 'Choose another directory' }
const MERGE: Choice = { value: 'merge', label: 'Ask for each file', hint: 'and show what differs' }
/** What a flag can say, but to stop; a person can do two things more. */
const WAYS = (optionOf('on-conflict').choices ?? []).filter(({ value }) => value !== 'error')
const OFFERED: readonly Choice[] = [...WAYS, MERGE, OTHER]

/**
 * Settles what happens in a directory that is not empty.
 *
 * @returns undefined when the person wants another directory
 * @throws {Failure} where nothing can be done there, or nobody has said what
 */
export async function claimDirectory(target: Target, given: string | undefined, ask?: Ask): Promise<Claim | undefined> {
  const found = target.exists ? entriesOf(target.root) : []
  if (found.length === 0) return { target, onConflict: 'error' }
  const ours = found.includes(RECORD)
  const choice = given ?? (ask ? await askWhatToDo(found, target, ask, ours) : 'error')
  if (choice === OTHER.value) return undefined
  if (choice === 'increment') return { target: nextFree(target), onConflict: 'error' }
  if (ours) throw alreadyAProject(target)
  if (choice === 'error') throw taken(target, found)
  return { target, onConflict: choice as OnConflict }
}

async function askWhatToDo(found: readonly string[], target: Target, ask: Ask, ours: boolean): Promise<string> {
  // A project of ours is never filled a second time: what would fail is not offered.
  const choices = ours ? OFFERED.filter(({ value }) => value === 'increment' || value === OTHER.value) : OFFERED
  const message = ours
    ? `${target.typed} already contains a project. What now?`
    : `${target.typed} is not empty (${shown(found)}). What now?`
  return String(await ask({ kind: 'choice', message, choices, initial: choices[0]?.value ?? OTHER.value }))
}

/** `my-lab-2`, `my-lab-3`, …: the first that is not there. */
function nextFree(target: Target): Target {
  for (let number = 2; ; number++) {
    const root = `${target.root}-${number}`
    // A link to nowhere is there as well.
    if (lstatSync(root, { throwIfNoEntry: false })) continue
    const name = path.basename(root)
    return { ...target, root, name, typed: besideTyped(target, name), exists: false, firstMissing: root }
  }
}

function besideTyped(target: Target, name: string): string {
  const isName = path.basename(target.typed) === target.name
  return path.join(isName ? path.dirname(target.typed) : path.join(target.typed, '..'), name)
}

function taken(target: Target, found: readonly string[]): Failure {
  const width = Math.max(...WAYS.map(({ value }) => value.length))
  const lineOf = ({ value, label, hint }: Choice) => {
    const what = value === 'increment' ? `makes ${path.basename(nextFree(target).root)}` : hint
    return `--on-conflict ${value.padEnd(width)}  ${label}: ${what}`
  }
  return new Failure('conflict', `The directory ${target.typed} is not empty: it has ${shown(found)}.`, {
    next: ['Next: choose another name, or one of:', ...WAYS.map(lineOf)],
  })
}

function alreadyAProject(target: Target): Failure {
  return new Failure('conflict', `The directory ${target.typed} already contains a project of create-nix-jupyter.`, {
    next: [
      'Next: choose another name, or --on-conflict increment.',
      `To bring this one to a newer version: npx create-nix-jupyter upgrade ${shellQuote(target.typed)}`,
    ],
  })
}

function shown(found: readonly string[]): string {
  return found.slice(0, 5).join(', ') + (found.length > 5 ? ` and ${found.length - 5} more` : '')
}

function entriesOf(root: string): string[] {
  try {
    return readdirSync(root)
      .filter((name) => name !== '.git' && !isStagingName(name))
      .sort()
  } catch (error) {
    throw explainSystemError(error, root)
  }
}

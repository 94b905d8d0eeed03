import { diffOf } from '../base/diff.js'
import { RECORD } from '../base/own-names.js'
import type { Paint } from '../base/paint.js'
import { type Change, isWritten } from '../plan/change.js'
import type { ChangePlan } from '../plan/change-plan.js'

/** What a change of a project came to. */
export interface ChangeOutcome {
  readonly plan: ChangePlan
  /** Nothing was written, by --dry-run or --check. */
  readonly isDry: boolean
  /** Git knows all that it has to. */
  readonly isWhole: boolean
  readonly warnings: readonly string[]
  /** What to type next. */
  readonly next: readonly string[]
}

/** What is said of a change. */
export function reportChanges(outcome: ChangeOutcome, paint: Paint): string {
  const { plan, isDry, next } = outcome
  const conflicts = plan.changes.filter(({ action }) => action === 'conflict')
  if (plan.changes.length === 0) return `${paint.good('✔')} ${paint.bold(plan.past.name)} is up to date.`
  return [
    headline(outcome, conflicts.length, paint),
    ...rows(plan.changes).map(([action, text]) => `  ${action.padEnd(9)} ${text}`),
    ...(plan.past.clashes ? [`  Both sides of the merge are in it${featuresOf(plan)}.`] : []),
    ...(plan.bases.length > 0
      ? [`  What was generated before, to compare with, comes from: ${plan.bases.join(', ')}.`]
      : []),
    ...(plan.baseless.length > 0
      ? [`  Not found as they were made, so both versions are in them: ${plan.baseless.join(', ')}`]
      : []),
    ...(isDry ? split(plan.changes).single.flatMap((change) => difference(change, paint)) : []),
    ...(isDry ? ['', 'Nothing was written.'] : []),
    ...(next.length > 0 ? ['', 'Next:', ...next.map((line) => `  ${line}`)] : []),
  ].join('\n')
}

function featuresOf({ answers: { features } }: ChangePlan): string {
  return features.length > 0 ? `: features ${features.join(', ')}` : ''
}

function headline({ plan, isDry }: ChangeOutcome, conflicts: number, paint: Paint): string {
  const { past, from, to } = plan
  const what = from === to ? 'changed' : `upgraded from ${from} to ${to}`
  const text = `${paint.bold(past.name)} ${isDry ? 'would be' : conflicts > 0 ? 'is being' : 'was'} ${what}`
  const files = conflicts === 1 ? '1 file with conflicts' : `${conflicts} files with conflicts`
  return `${conflicts > 0 ? paint.bad('✖') : paint.good('✔')} ${text}${conflicts > 0 ? `, ${files}` : ''}.`
}

type Row = readonly [action: string, text: string]

const UNIT = /^nix\//

/** A row for each file; `nix/` is one where nobody has edited it. */
function rows(changes: readonly Change[]): Row[] {
  const { single, unit } = split(changes)
  return [...single.map(row), ...(unit.length > 0 ? [['updated', `nix/ (${unit.length} files)`] as const] : [])]
}

/** What is told file by file, and what of `nix/` is told as one, because nobody has edited it. */
function split(changes: readonly Change[]): { single: readonly Change[]; unit: readonly Change[] } {
  const unit = changes.filter(({ path }) => UNIT.test(path))
  const isWhole = unit.length > 1 && unit.every(({ action }) => ['updated', 'added', 'removed'].includes(action))
  return isWhole ? { single: changes.filter((change) => !unit.includes(change)), unit } : { single: changes, unit: [] }
}

function row({ path, action, why }: Change): Row {
  if (action === 'deleted') return [action, `${path}: you deleted it, and it is not made again`]
  return [action, why ? `${path}: ${why}` : path]
}

function difference({ path, action, before, after }: Change, paint: Paint): string[] {
  // The record repeats in hashes what the other files say.
  if (path === RECORD || !isWritten({ path, action })) return []
  const lines = diffOf(before?.content ?? Buffer.alloc(0), after?.content ?? Buffer.alloc(0)).split('\n')
  const coloured = lines.map((line) =>
    line.startsWith('+') ? paint.good(line) : line.startsWith('-') ? paint.bad(line) : line,
  )
  return ['', paint.bold(path), ...coloured]
}

/** The same for programs. */
export function jsonChanges({ plan, isDry, isWhole, warnings, next }: ChangeOutcome): string {
  const { root, past, answers, changes, bases, baseless } = plan
  const { python, packages, features } = answers
  const conflicts = changes.filter(({ action }) => action === 'conflict').map(({ path }) => path)
  const value = {
    ok: isDry || (isWhole && conflicts.length === 0),
    dryRun: isDry,
    upToDate: changes.length === 0,
    directory: root,
    name: past.name,
    template: { from: past.template, to: answers.template.id },
    version: { from: past.version, to: PROGRAM_VERSION },
    python,
    packages,
    features,
    files: changes.map(({ path, action, why, before, after }) => ({
      path,
      action,
      ...(why && { why }),
      ...(isDry && after && { diff: diffOf(before?.content ?? Buffer.alloc(0), after.content) }),
    })),
    conflicts,
    bases,
    baseless,
    next,
    warnings,
  }
  return JSON.stringify(value, null, 2)
}

import { diffOf } from '../base/diff.js'
import type { Paint } from '../base/paint.js'
import type { PlannedFile } from '../plan/files.js'
import { broughtLines } from './brought.js'
import type { Outcome } from './outcome.js'

const ACTIONS = { create: '+', same: '=', keep: 'k', backup: 'b' } as const
const LEGEND = { '=': 'exists already', k: 'yours, kept', b: 'yours, renamed to .backup' } as const

/** What `--dry-run` says: every file with its size, what would happen to it, and the difference where there is one. */
export function reportPlan(outcome: Outcome, paint: Paint): string {
  const { plan } = outcome
  const width = Math.max(...plan.files.map((file) => String(file.content.length).length))
  const used = new Set(plan.files.map((file) => ACTIONS[file.action]))
  const legend = Object.entries(LEGEND).filter(([sign]) => used.has(sign as (typeof ACTIONS)['same']))
  return [
    `${paint.bold(plan.target.root)} would have these ${plan.files.length} files:`,
    ...plan.files.map(({ path, content, executable, action }) =>
      [' ', ACTIONS[action], String(content.length).padStart(width), `${path}${executable ? '*' : ''}`].join(' '),
    ),
    ...(legend.length > 0 ? ['', legend.map(([sign, meaning]) => `${sign} ${meaning}`).join('; ')] : []),
    ...plan.files.flatMap((file) => difference(file, paint)),
    ...broughtLines(outcome),
    '',
    'Nothing was written.',
  ].join('\n')
}

function difference({ path, content, existing }: PlannedFile, paint: Paint): string[] {
  if (!existing) return []
  const lines = diffOf(existing, content).split('\n')
  return ['', paint.bold(`${path}: yours (-) and the new one (+)`), ...lines.map((line) => coloured(line, paint))]
}

function coloured(line: string, paint: Paint): string {
  if (line.startsWith('+')) return paint.good(line)
  return line.startsWith('-') ? paint.bad(line) : line
}

import { RECORD } from '../base/own-names.js'
import { shellQuote } from '../base/shell.js'
import { type Change, isWritten } from '../plan/change.js'
import type { ChangePlan } from '../plan/change-plan.js'
import type { GitState } from '../plan/git-state.js'

/** What decides what is to be typed after a change, beside the change itself. */
interface Situation {
  /** How to go on after conflicts, and how to go back. */
  readonly ways: { readonly goOn: string; readonly goBack: string }
  /** Absent where the project is in no repository. */
  readonly git: GitState | undefined
  /** What git did not do. */
  readonly rest: { readonly files: readonly string[] } | undefined
  /** Whether the project's directory is the current one. */
  readonly here: boolean
}

/** What to type after a change. */
export function stepsAfter(plan: ChangePlan, { ways, git, rest, here }: Situation): string[] {
  const conflicts = plan.changes.filter(({ action }) => action === 'conflict').map(({ path }) => path)
  const at = here ? '' : `cd ${shellQuote(plan.typed)} && `
  if (conflicts.length > 0) {
    return [
      `Edit ${conflicts.join(', ')}: between <<<<<<< and >>>>>>> are both versions.`,
      `Then: ${ways.goOn}`,
      `Or go back, to how everything was: ${ways.goBack}`,
    ]
  }
  return [
    ...(rest ? [`${at}git add --force -- ${rest.files.map(shellQuote).join(' ')}`] : []),
    ...(git ? gitSteps(plan, git, at) : []),
    ...(needsLock(plan.changes) ? [`${at}./lab lock`] : []),
    ...(plan.changes.some(({ path, action }) => action !== 'kept' && COUNTS_AT_START.test(path))
      ? [`${at}./start --again`]
      : []),
  ]
}

/** After a merge that git could not do alone, it has to be told what is resolved. */
function gitSteps({ past, changes }: ChangePlan, { unmerged, unfinished }: GitState, at: string): string[] {
  if (!past.clashes || unmerged.length === 0) return [`${at}git diff`]
  const written = new Set([RECORD, ...changes.map(({ path }) => path)])
  const left = unmerged.filter((file) => !written.has(file))
  const resolved = unmerged.filter((file) => written.has(file))
  // Git has merged other files without a question, and some of them were changed or removed since.
  const since = changes.filter((change) => isWritten(change) && !unmerged.includes(change.path)).map(({ path }) => path)
  const files = [...resolved, ...(since.length > MANY ? since.filter(isOutside).concat('nix') : since), ...left]
  return [
    ...(left.length > 0 ? [`Edit ${left.join(', ')}: git could not merge them, and both versions are there.`] : []),
    `${at}git add -- ${files.map(shellQuote).join(' ')}`,
    ...(unfinished ? [`${at}git ${unfinished} --continue`] : []),
  ]
}

/** With more files, those of `nix/` are one word. */
const MANY = 8
const isOutside = (file: string) => !file.startsWith('nix/')

/** What a project that runs takes over when it starts again, and not before. */
const COUNTS_AT_START = /^(flake\.(nix|lock)|nix\/|jupyter\/|requirements\.|pyproject\.toml$|uv\.lock$|[^/]+\.py$)/

const LOCKS = [
  ['pyproject.toml', 'uv.lock'],
  ['requirements.in', 'requirements.txt'],
] as const

/** Whether what is locked may no longer be what is asked for. */
function needsLock(changes: readonly Change[]): boolean {
  const actionOf = (file: string) => changes.find(({ path }) => path === file)?.action
  return LOCKS.some(([source, lock]) => {
    if (actionOf(lock) === 'kept') return true
    const action = actionOf(source)
    return action === 'merged' || (action === 'updated' && actionOf(lock) === undefined)
  })
}

import { applyChange } from '../apply/change.js'
import { abortChange, continueChange, refuseUnfinished, type Ways } from '../apply/unfinished.js'
import { CHECK_EXIT_CODE, Failure } from '../base/errors.js'
import type { Host } from '../base/host.js'
import { RECORD } from '../base/own-names.js'
import type { Paint } from '../base/paint.js'
import { shellQuote } from '../base/shell.js'
import type { Request } from '../input/gather.js'
import type { Given } from '../input/options.js'
import { type ChangePlan, planChange } from '../plan/change-plan.js'
import { type GitState, gitStateOf, isShallow, refuseUnfinishedGit } from '../plan/git-state.js'
import type { Clash } from '../plan/past.js'
import { readRecord } from '../plan/read-record.js'
import { wantedBefore } from '../plan/wanted.js'
import type { Ask } from '../questions/question.js'
import { askForTrust } from '../questions/trust.js'
import { type ChangeOutcome, jsonChanges, reportChanges } from '../report/changes.js'
import { costsOf } from '../report/costs.js'
import { stepsAfter } from '../report/steps-after.js'
import type { ChangeCommand } from './change-command.js'
import { projectAt, refuseMore, refuseOthers } from './change-words.js'
import type { Printed } from './printed.js'
import { callHere, waysOf } from './ways.js'

/** What a command needs from the front door. */
export interface Run {
  readonly host: Host
  readonly paint: Paint
  readonly signal: AbortSignal
  /** How to ask somebody; undefined where nobody can be asked. */
  readonly ask: () => Ask | undefined
}

/**
 * The street of every command that changes a project: read what it was, plan what it shall be, apply the difference, report.
 *
 * @throws {Failure} with every file as it was
 */
export async function changeProject(command: ChangeCommand, request: Request, run: Run): Promise<Printed> {
  const { given, typed } = request
  refuseOthers(command, typed)
  const { root, typed: place } = projectAt(command, request, run.host)
  const ways = waysOf(place, root, run.host)
  const json = given.json === true
  refuseMore(command, request)
  if (typed.abort) return abort(root, json, run.host)
  if (typed.continue) return goOn(root, json, ways, run.host)
  refuseUnfinished(root, ways, run.host)
  const git = await gitStateOf(root, run.host)
  const past = await readRecord(root, place, run.host)
  if (past.clashes) refuseClashes(past.clashes, typed)
  else if (git) refuseUnfinishedGit(git, place, root === run.host.cwd)
  const plan = await planChange({ root, typed: place, past }, command.wanted(wantedBefore(past), request), {
    host: run.host,
    offline: given.offline === true,
    signal: run.signal,
  })
  const isDry = given['dry-run'] === true || typed.check === true
  const isBlind = plan.baseless.length > 0 && !given.yes && !isDry
  if (isBlind) throw await unknownBases(plan, request, run.host)
  if (!isDry) await settleTrust(plan, given.trust === true, run.ask)
  const again = isDry ? againOf(request, run.host) : undefined
  return printed(await carryOut(plan, git, ways, again, run), typed.check === true, json, run.paint)
}

/** What was trusted when the project was made is one state of a remote template; another one is another program. */
async function settleTrust({ foreign, past, changes }: ChangePlan, trust: boolean, ask: Run['ask']): Promise<void> {
  const isKnown = !foreign || (foreign.commit !== '' && foreign.id === past.template)
  if (isKnown || changes.length === 0) return
  await askForTrust(foreign, trust, ask(), 'changed')
}

/** The same command once more, without what keeps it from writing. */
function againOf({ words, typed }: Request, host: Host): string {
  const { python, packages } = typed
  const options = [...(python ? ['--python', python] : []), ...(packages ? ['--packages', packages.join()] : [])]
  return [callHere(host), ...[...words, ...options].map(shellQuote)].join(' ')
}

async function carryOut(
  plan: ChangePlan,
  git: GitState | undefined,
  ways: Ways,
  again: string | undefined,
  { host, signal }: Run,
): Promise<ChangeOutcome> {
  const { root, changes, past } = plan
  const isDry = again !== undefined
  const rest = isDry || changes.length === 0 ? undefined : await applyChange(plan, git?.lock, host, signal)
  const costs = plan.answers.python === plan.past.python ? undefined : costsOf(plan.answers)
  const warnings = [
    ...(plan.foreign?.warnings ?? []),
    ...(git?.isDirty && !past.clashes && changes.length > 0
      ? ['Changes that were not committed stay; git diff shows them with the new ones.']
      : []),
    ...(rest ? [`git did not take the new files, and Nix sees them only then: ${rest.problem}`] : []),
    ...(costs ? [costs] : []),
  ]
  const next = isDry ? [again] : stepsAfter(plan, { ways, git, rest, here: root === host.cwd })
  return { plan, isDry, isWhole: rest === undefined, warnings, next }
}

function printed(outcome: ChangeOutcome, isCheck: boolean, json: boolean, paint: Paint): Printed {
  const { changes } = outcome.plan
  const hasConflicts = changes.some(({ action }) => action === 'conflict')
  const done = outcome.isWhole ? 0 : 1
  const exitCode = isCheck && changes.length > 0 ? CHECK_EXIT_CODE : hasConflicts && !outcome.isDry ? 3 : done
  const text = json ? jsonChanges(outcome) : reportChanges(outcome, paint)
  return { text, exitCode, warnings: json ? [] : outcome.warnings }
}

async function abort(root: string, json: boolean, host: Host): Promise<Printed> {
  const { files, kept } = await abortChange(root, host)
  if (json) return { text: JSON.stringify({ ok: true, restored: files, kept: kept ?? null }, null, 2), exitCode: 0 }
  const lines = [
    `Everything is as it was before (${files === 1 ? '1 file' : `${files} files`} restored).`,
    ...(kept ? [`What you wrote since is in ${kept}`] : []),
  ]
  return { text: lines.join('\n'), exitCode: 0 }
}

async function goOn(root: string, json: boolean, ways: Ways, host: Host): Promise<Printed> {
  const conflicts = await continueChange(root, host)
  if (conflicts.length > 0) {
    throw new Failure('conflict', `Conflict markers (<<<<<<<) are left in: ${conflicts.join(', ')}`, {
      next: [`Next: edit them, then: ${ways.goOn}`, `Or go back, to how everything was: ${ways.goBack}`],
    })
  }
  return { text: json ? JSON.stringify({ ok: true }, null, 2) : 'The change is finished.', exitCode: 0 }
}

/** @throws {Failure} for an answer of which a merge of two branches has two, and of which nobody has said which one counts */
function refuseClashes(clashes: readonly Clash[], { python }: Given): void {
  const clash = clashes.find(({ answer }) => answer !== 'python' || python === undefined)
  if (!clash) return
  const [ours, theirs] = clash.values
  throw new Failure(
    'conflict',
    `${RECORD}: the merged branches differ in the ${clash.answer}: ${ours} and ${theirs}.`,
    {
      next: [
        clash.answer === 'python'
          ? `Next: npx create-nix-jupyter set --python ${ours}    or ${theirs}`
          : `Next: git checkout --ours -- ${RECORD}    (or --theirs). Then finish the merge.`,
      ],
    },
  )
}

async function unknownBases({ root, typed, baseless, from, foreign }: ChangePlan, request: Request, host: Host) {
  const again = againOf(request, host)
  const git = root === host.cwd ? 'git' : `git -C ${shellQuote(typed)}`
  return new Failure('usage', `It is not known which lines are yours in: ${baseless.join(', ')}`, {
    next: [
      foreign
        ? `Neither git nor the template has them as ${from} made them.`
        : `Neither git nor npm has them as create-nix-jupyter ${from} made them.`,
      ...((await isShallow(root, host))
        ? [`Next: ${git} fetch --unshallow    (this clone has only the newest commits). Then run the command again.`]
        : []),
      `To see every change: ${again} --dry-run`,
      `To have both versions in them, with conflict markers: ${again} --yes`,
    ],
  })
}

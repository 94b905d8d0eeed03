import { statSync } from 'node:fs'
import path from 'node:path'
import { applyChange } from '../apply/change.js'
import { abortChange, continueChange, refuseUnfinished, type Ways } from '../apply/unfinished.js'
import { CHECK_EXIT_CODE, Failure } from '../base/errors.js'
import type { Host } from '../base/host.js'
import { callOf, managerOf } from '../base/manager.js'
import type { Paint } from '../base/paint.js'
import { runGit } from '../base/run-git.js'
import { shellQuote } from '../base/shell.js'
import type { Request } from '../input/gather.js'
import { flagOf, type Given, optionOf, options } from '../input/options.js'
import { type ChangePlan, planChange } from '../plan/change-plan.js'
import { readRecord } from '../plan/read-record.js'
import { type Wanted, wantedBefore } from '../plan/wanted.js'
import { expandHome } from '../questions/target.js'
import { type ChangeOutcome, jsonChanges, reportChanges, stepsAfter } from '../report/changes.js'
import { costsOf } from '../report/costs.js'
import type { Printed } from './printed.js'

/** A command that changes a project. */
export interface ChangeCommand {
  readonly name: string
  /** Options beside those that all of them have. */
  readonly takes: readonly (keyof Given)[]
  /** What the words after the command mean: the project's directory, or something that `wanted` reads. */
  readonly words: 'directory' | 'own'
  /**
   * What the project shall be.
   *
   * @throws {Failure} where the words do not say so
   */
  readonly wanted: (before: Wanted, request: Request) => Wanted
}

/** What a command needs from the front door. */
export interface Run {
  readonly host: Host
  readonly paint: Paint
  readonly signal: AbortSignal
}

const COMMON: readonly (keyof Given)[] = ['yes', 'input', 'dry-run', 'json', 'check', 'continue', 'abort', 'offline']

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
  const past = readRecord(root, place, run.host)
  const plan = await planChange({ root, typed: place, past }, command.wanted(wantedBefore(past), request), {
    host: run.host,
    offline: given.offline === true,
  })
  const isDry = given['dry-run'] === true || typed.check === true
  const isBlind = plan.baseless.length > 0 && !given.yes && !isDry
  if (isBlind) throw unknownBases(plan, request, run.host)
  return printed(await carryOut(plan, ways, isDry, run), typed.check === true, json, run.paint)
}

async function carryOut(plan: ChangePlan, ways: Ways, isDry: boolean, { host, signal }: Run): Promise<ChangeOutcome> {
  const { root, changes } = plan
  const status = await runGit(root, ['status', '--porcelain', '-uno', '--', '.'], { host })
  const problem = isDry || changes.length === 0 ? undefined : await applyChange(plan, host, signal)
  const costs = plan.answers.python === plan.past.python ? undefined : costsOf(plan.answers)
  const warnings = [
    ...(status.ok && status.output && changes.length > 0
      ? ['There were changes that are not committed. They stay; git diff shows them together with the new ones.']
      : []),
    ...(problem ? [`git did not take the new files, and Nix sees them only then: ${problem}`] : []),
    ...(costs ? [costs] : []),
  ]
  return { plan, isDry, warnings, next: isDry ? [] : stepsAfter(plan, ways, status.ok, root === host.cwd) }
}

function printed(outcome: ChangeOutcome, isCheck: boolean, json: boolean, paint: Paint): Printed {
  const { changes } = outcome.plan
  const hasConflicts = changes.some(({ action }) => action === 'conflict')
  const exitCode = isCheck && changes.length > 0 ? CHECK_EXIT_CODE : hasConflicts && !outcome.isDry ? 3 : 0
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
      next: [`Edit them, then: ${ways.goOn}`, `Or go back, to how everything was: ${ways.goBack}`],
    })
  }
  return { text: json ? JSON.stringify({ ok: true }, null, 2) : 'The change is finished.', exitCode: 0 }
}

function refuseOthers({ name, takes }: ChangeCommand, typed: Given): void {
  const other = options.find((option) => option.name in typed && ![...COMMON, ...takes].includes(option.name))
  if (!other) return
  const own = takes.map((option) => flagOf(optionOf(option)))
  throw new Failure('usage', `${name} takes no ${flagOf(other)}.`, {
    next: [own.length > 0 ? `It takes ${own.join(' and ')}.` : 'All options: create-nix-jupyter --help'],
  })
}

/** What goes on with a change, or takes it back, begins no other one. */
function refuseMore({ name, words: kind }: ChangeCommand, { typed, words }: Request): void {
  const options = (['abort', 'continue'] as const).filter((option) => typed[option])
  const [option] = options
  if (!option) return
  const more = [
    ...(options.length > 1 ? ['--continue'] : []),
    ...(kind === 'own' ? words.slice(1) : []),
    ...(['python', 'packages'] as const).filter((other) => other in typed).map((other) => `--${other}`),
  ]
  if (more.length === 0) return
  throw new Failure('usage', `${name} --${option} is about the change that is not finished, and takes no ${more[0]}.`, {
    next: [`Next: npx create-nix-jupyter upgrade --${option}`],
  })
}

function projectAt({ name, words }: ChangeCommand, request: Request, host: Host): { root: string; typed: string } {
  const [directory = '.', second] = words === 'directory' ? request.words.slice(1) : []
  if (second !== undefined) throw new Failure('usage', `${name} takes one directory, not also "${second}".`)
  if (!host.cwd)
    throw new Failure('failed', 'The current directory no longer exists.', { next: ['Go to another one: cd ~'] })
  const typed = expandHome(directory, host)
  const root = path.resolve(host.cwd, typed)
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory()) return { root, typed }
  throw new Failure('usage', `${typed} is not a directory.`, { next: ['Go to the directory of the project first.'] })
}

/** The two commands after a change that is not finished, as they work in the directory of this run. */
function waysOf(typed: string, root: string, { env, cwd }: Host): Ways {
  const manager = managerOf(env)
  const { start } = callOf(manager === 'npm' ? 'npx' : manager, PROGRAM_VERSION)
  const where = root === cwd ? '' : ` ${shellQuote(typed)}`
  return { goOn: `${start} upgrade${where} --continue`, goBack: `${start} upgrade${where} --abort` }
}

function unknownBases({ baseless, past }: ChangePlan, { words, typed }: Request, { env }: Host): Failure {
  const manager = managerOf(env)
  const { start } = callOf(manager === 'npm' ? 'npx' : manager, PROGRAM_VERSION)
  const { python, packages } = typed
  const options = [...(python ? ['--python', python] : []), ...(packages ? ['--packages', packages.join()] : [])]
  const again = [start, ...[...words, ...options].map(shellQuote)].join(' ')
  return new Failure('usage', `It is not known which lines are yours in: ${baseless.join(', ')}`, {
    next: [
      `Neither git nor npm has them as create-nix-jupyter ${past.version} made them.`,
      `To see every change: ${again} --dry-run`,
      `To have both versions in them, with conflict markers: ${again} --yes`,
    ],
  })
}

import { mkdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { explainSystemError, type Failure, stopIfAsked } from '../base/errors.js'
import type { Host } from '../base/host.js'
import { madeMeanwhile, type PlannedFile } from '../plan/files.js'
import type { Plan } from '../plan/plan.js'
import type { Target } from '../questions/target.js'
import type { GitResult } from './git.js'
import { makeStaging, removeStaging } from './leftovers.js'
import { isTaken, moveIn, moveRepository, TREE } from './moves.js'
import { renameHeld } from './rename.js'
import { checkContent, checkDirectory, checkModes, writeFiles } from './stage.js'

/** The directory in which the staging directory is made: beside a new project, inside one that exists. */
function workplaceOf(target: Target): string {
  return target.exists ? target.root : path.dirname(target.firstMissing)
}

/**
 * Carries a plan out, whole or not at all: staged, checked, added to git, then moved into place and checked again.
 *
 * @returns what git did; that git fails is told there and is no error
 * @throws {Failure} with nothing in place; also when the signal comes before all is in place
 */
export async function applyPlan(plan: Plan, host: Host, signal?: AbortSignal): Promise<GitResult | undefined> {
  const { target } = plan
  const files = plan.files.filter(({ action }) => action === 'create' || action === 'backup')
  let staging: string | undefined
  try {
    staging = makeStaging(workplaceOf(target), host)
    const tree = path.join(staging, TREE)
    const project = path.join(tree, path.relative(target.exists ? target.root : target.firstMissing, target.root))
    mkdirSync(project, { recursive: true })
    checkDirectory(project, host)
    writeFiles(project, files)
    checkContent(project, files)
    checkModes(project, files, host)
    await stopIfAsked(signal)
    const git = await ownRepository(plan, project, host, signal)
    await stopIfAsked(signal)
    if (target.exists) moveIn(staging, target.root, plan.files, host)
    else placeTree(tree, target, files)
    return git ?? (plan.git.kind === 'none' ? undefined : await repositoryInPlace(plan, staging, host, signal))
  } catch (error) {
    throw explainFailure(error, target)
  } finally {
    if (staging) removeStaging(staging)
  }
}

/** One rename puts a new project into its place. A disk that then cannot read it gives it back. */
function placeTree(tree: string, target: Target, files: readonly PlannedFile[]): void {
  renameHeld(tree, target.firstMissing)
  try {
    checkContent(target.root, files)
  } catch (error) {
    renameSync(target.firstMissing, tree)
    throw error
  }
}

/** Whether all of the project's files are staged; what the user keeps is only in its place. */
function isAllStaged(plan: Plan): boolean {
  return plan.files.every(({ action }) => action === 'create' || action === 'backup')
}

/** A repository of the project's own is made before the project is in place; a failure costs the repository only. */
async function ownRepository(
  plan: Plan,
  project: string,
  host: Host,
  signal: AbortSignal | undefined,
): Promise<GitResult | undefined> {
  if (plan.git.kind !== 'init' || !isAllStaged(plan)) return undefined
  const { initRepository } = await import('./git.js')
  const result = await initRepository(project, project, plan.files, commitMessage(plan), { host, signal })
  if (!result.added) rmSync(path.join(project, '.git'), { recursive: true, force: true })
  return result
}

/** What can only be done where the project lies: adding to the repository around it, or making one with files of the user's. */
async function repositoryInPlace(
  plan: Plan,
  staging: string,
  host: Host,
  signal: AbortSignal | undefined,
): Promise<GitResult | undefined> {
  const { addFiles, initRepository } = await import('./git.js')
  const { root } = plan.target
  if (plan.git.kind === 'add') return addFiles(root, plan.files, { host, signal })
  if (plan.git.kind !== 'init') return undefined
  const tree = path.join(staging, TREE)
  const result = await initRepository(tree, root, plan.files, commitMessage(plan), { host, signal })
  if (!result.added) return result
  try {
    moveRepository(staging, root)
    return result
  } catch {
    const problem = { kind: 'failed', message: 'another .git exists by now, or it could not be created' } as const
    return { added: false, committed: false, problem }
  }
}

function commitMessage(plan: Plan): string {
  return `Start ${plan.target.name} with create-nix-jupyter`
}

function explainFailure(error: unknown, target: Target): Failure {
  if (isTaken(error)) return madeMeanwhile(target.exists ? target.typed : target.firstMissing)
  return explainSystemError(error, target.typed)
}

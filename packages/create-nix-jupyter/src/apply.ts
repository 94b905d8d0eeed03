import { mkdirSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { explainSystemError, Failure, systemError, throwIfStopped } from './errors.js'
import type { GitResult } from './git.js'
import type { Host } from './host.js'
import { clearLeftovers, stagingName } from './leftovers.js'
import { moveIn, TREE } from './moves.js'
import type { Plan } from './plan.js'
import { checkFiles, writeFiles } from './stage.js'
import type { Target } from './target.js'

/** The folder in which the staging folder is made: beside a new project, inside one that exists. */
function workplaceOf(target: Target): string {
  return target.exists ? target.root : path.dirname(target.firstMissing)
}

/** Cleans up after runs that were killed, so that the plan sees the folder as it was before them. */
export function recover(target: Target, host: Host): void {
  const folders = target.exists ? [target.root, path.dirname(target.root)] : [path.dirname(target.firstMissing)]
  for (const folder of folders) {
    try {
      clearLeftovers(folder, host)
    } catch (error) {
      throw explainSystemError(error, folder)
    }
  }
}

/** Carries a plan out, whole or not at all: staged, checked, put under git, then moved into place. */
export async function applyPlan(plan: Plan, host: Host, signal?: AbortSignal): Promise<GitResult | undefined> {
  const { target } = plan
  const files = plan.files.filter(({ action }) => action === 'create' || action === 'backup')
  const workplace = workplaceOf(target)
  const staging = path.join(workplace, stagingName(host))
  const tree = path.join(staging, TREE)
  const project = path.join(tree, path.relative(target.exists ? target.root : target.firstMissing, target.root))
  let git: GitResult | undefined
  try {
    mkdirSync(staging, { mode: 0o700 })
    writeFiles(project, files)
    checkFiles(project, files, host)
    await breathe(signal)
    git = await ownRepository(plan, project, host)
    await breathe(signal)
    if (target.exists) moveIn(staging, target.root, files)
    else renameSync(tree, target.firstMissing)
  } catch (error) {
    throw explainFailure(error, target)
  } finally {
    removeStaging(staging)
  }
  return git ?? (plan.git.kind === 'none' ? undefined : await repositoryInPlace(plan, host))
}

/** What cannot be removed now is a leftover, which a later run clears; the project's fate is decided already. */
function removeStaging(staging: string): void {
  try {
    // The tree of a new project has left it. `rmSync` alone would do, and take several times as long.
    rmdirSync(staging)
  } catch {
    try {
      rmSync(staging, { recursive: true, force: true })
    } catch {}
  }
}

/** Lets signals in that arrived meanwhile, and ends the run while nothing is in place. */
async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  throwIfStopped(signal)
}

/** Whether all of the project's files are staged; what the user keeps is only in its place. */
function isAllStaged(plan: Plan): boolean {
  return plan.files.every(({ action }) => action === 'create' || action === 'backup')
}

/** A repository of the project's own is made before the project is in place; a failure costs the repository only. */
async function ownRepository(plan: Plan, project: string, host: Host): Promise<GitResult | undefined> {
  if (plan.git.kind !== 'init' || !isAllStaged(plan)) return undefined
  const { initRepository } = await import('./git.js')
  const result = await initRepository(project, plan.files, commitMessage(plan), host)
  if (!result.added) rmSync(path.join(project, '.git'), { recursive: true, force: true })
  return result
}

/** What can only be done where the project lies: adding to the repository around it, or to one with files of the user's. */
async function repositoryInPlace(plan: Plan, host: Host): Promise<GitResult | undefined> {
  const { addFiles, initRepository } = await import('./git.js')
  if (plan.git.kind === 'add') return addFiles(plan.target.root, plan.files, host)
  if (plan.git.kind === 'init') return initRepository(plan.target.root, plan.files, commitMessage(plan), host)
  return undefined
}

function commitMessage(plan: Plan): string {
  return `Start ${plan.target.name} with create-nix-jupyter`
}

function explainFailure(error: unknown, target: Target): Failure {
  if (['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(systemError(error).code)) {
    return new Failure(
      'conflict',
      `Something else made ${target.exists ? target.typed : target.firstMissing} meanwhile.`,
      {
        next: ['Look at what is there, then run the command again.'],
      },
    )
  }
  return explainSystemError(error, target.typed)
}

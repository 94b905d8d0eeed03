import { examineDriver } from './driver.js'
import { type Finding, good } from './finding.js'
import { examineGit, projectAround } from './git.js'
import { examineMachine } from './machine.js'
import { examineNix } from './nix.js'
import { examineProject, type Restore } from './project.js'
import { type Examined, find } from './run.js'

export { fault } from './finding.js'
export { projectAround } from './git.js'

/**
 * Looks at this machine, and at the project that the folder is in: what is well, and for what is not one command that fixes it.
 * Changes nothing, and never rejects.
 */
export async function examine(machine: Examined, restore: Restore): Promise<Finding[]> {
  const nix = await examineNix(machine)
  const project = projectAround(machine.cwd)
  const hasNix = nix.length > 0 && nix.every(({ ok }) => ok)
  return [
    ...examineMachine(machine),
    ...nix,
    ...(await examineGit(machine)),
    ...examineDriver(machine),
    ...(find('direnv', machine) ? [good('direnv', 'direnv is there: in a project, type direnv allow once.')] : []),
    ...(project ? await examineProject(project, machine, hasNix, restore) : []),
  ]
}

import { findProgram } from '../base/find-program.js'
import { projectAround } from '../base/own-names.js'
import { examineDriver } from './driver.js'
import { type Finding, loadCatalogue } from './finding.js'
import { examineGit } from './git.js'
import { examineMachine } from './machine.js'
import { examineNix } from './nix.js'
import { examineProject, type Restore } from './project.js'
import type { Examined } from './run.js'

/**
 * Looks at this machine, and at the project that the directory is in: what is well, and for what is not one command
 * that fixes it. Changes nothing.
 *
 * @param unfinished what is said of a change of the project that another run has begun, where there is one
 * @throws {Failure} where the installed program is damaged
 */
export async function examine(
  given: Omit<Examined, 'line'>,
  restore: Restore,
  unfinished?: Readonly<Record<string, string>>,
): Promise<Finding[]> {
  const machine = { ...given, line: await loadCatalogue() }
  const nix = await examineNix(machine)
  const project = projectAround(machine.cwd)
  const hasNix = nix.length > 0 && nix.every(({ ok }) => ok)
  const findings = [
    ...examineMachine(machine),
    ...nix,
    ...(await examineGit(machine)),
    ...examineDriver(machine),
    ...(findProgram('direnv', machine) ? [machine.line('direnv')] : []),
    ...(project ? await examineProject(project, machine, hasNix, restore) : []),
    ...(unfinished ? [machine.line('change-unfinished', unfinished)] : []),
  ]
  // The project's own doctor has looked at the machine as well.
  const said = findings.map(({ name, message }) => `${name} ${message}`)
  return findings.filter((_, at) => said.indexOf(said[at] ?? '') === at)
}

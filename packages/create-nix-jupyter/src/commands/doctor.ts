import path from 'node:path'
import { type Host, refuseLostDirectory } from '../base/host.js'
import { projectAround } from '../base/own-names.js'
import type { Finding } from '../doctor/finding.js'

/**
 * Why something does not work on this machine, or in this project.
 *
 * @returns what it prints, and whether no problem was found
 * @throws {Failure} where the current directory was deleted, or cannot be named
 */
export async function doctor(host: Host, json: boolean): Promise<{ text: string; isWell: boolean }> {
  refuseLostDirectory(host)
  const { examine } = await import('../doctor/doctor.js')
  const { restoreRecord, unfinishedIn } = await import('./changes.js')
  const project = projectAround(host.cwd)
  const unfinished = project === undefined ? undefined : unfinishedIn(project, host)
  const restore = (broken: string) => restoreRecord(broken, path.relative(host.cwd, broken) || '.', host)
  const findings = await examine(host, restore, unfinished && { ...unfinished })
  const isWell = findings.every(({ ok }) => ok)
  return { text: json ? JSON.stringify({ ok: isWell, findings }, null, 2) : textOf(findings), isWell }
}

function textOf(findings: readonly Finding[]): string {
  const problems = findings.filter(({ ok }) => !ok).length
  return [
    ...findings.flatMap(({ ok, message, fix }) => [
      `${ok ? 'ok     ' : 'PROBLEM'}  ${message}`,
      ...(fix ? [`         Next: ${fix}`] : []),
    ]),
    '',
    problems > 0 ? `Problems: ${problems}.` : 'No problem was found.',
  ].join('\n')
}

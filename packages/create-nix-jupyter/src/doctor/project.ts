import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { RECORD } from '../base/own-names.js'
import { shellQuote } from '../base/shell.js'
import type { Finding } from './finding.js'
import { examineTracking } from './git.js'
import { type Examined, reasonIn, run } from './run.js'

/** Finds the command that restores the record of a project; undefined where nobody has a good one. */
export type Restore = (project: string) => Promise<string | undefined>

/** What is in a project without Nix, and where Nix works, all that its own `lab doctor` says. */
export async function examineProject(
  project: string,
  machine: Examined,
  hasNix: boolean,
  restore: Restore,
): Promise<Finding[]> {
  const findings = [
    ...(await examineRecord(project, restore, machine)),
    ...examineDoors(project, machine),
    ...(await examineTracking(project, machine)),
  ]
  if (!hasNix || findings.some(({ ok }) => !ok)) return findings
  const said = await run(path.join(project, 'lab'), ['doctor', '--json'], { ...machine, cwd: project })
  const own = parse(said.output)
  if (own) return [...findings, ...own]
  // It could not even be entered, and has said why, with the command that fixes it.
  const [why = '', fix] = said.error.split('\n  Next: ')
  return [
    ...findings,
    fix === undefined
      ? machine.line('project-unreadable', { why: reasonIn(said.error), fix: shellQuote(path.join(project, 'start')) })
      : machine.line('project-unreadable', { why: why.replaceAll('\n', '\n         '), fix: fix.split('\n')[0] ?? '' }),
  ]
}

async function examineRecord(project: string, restore: Restore, { line }: Examined): Promise<Finding[]> {
  const file = path.join(project, RECORD)
  try {
    const text = readFileSync(file, 'utf8')
    if (/^<{7} /m.test(text)) return [line('record-conflict', { file, project: shellQuote(project) })]
    const record: unknown = JSON.parse(text)
    if (typeof record === 'object' && record !== null && 'template' in record && 'version' in record) {
      return [line('record', { template: `${record.template}`, version: `${record.version}` })]
    }
    throw new Error('it is not a record of create-nix-jupyter')
  } catch (error) {
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    const command = await restore(project)
    const found = line('record-broken', { file, why, command: command ?? '' })
    return [command === undefined ? { ...found, fix: null } : found]
  }
}

function examineDoors(project: string, { line }: Examined): Finding[] {
  return ['start', 'stop', 'lab'].flatMap((door) => {
    const file = path.join(project, door)
    try {
      accessSync(file, constants.F_OK)
      accessSync(file, constants.X_OK)
      return []
    } catch (error) {
      const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT'
      if (isGone) return []
      // With the bits, its disk is mounted with noexec.
      const how = statSync(file).mode & 0o111 ? 'sh' : 'chmod +x'
      return [line('not-executable', { file, how, quoted: shellQuote(file) })]
    }
  })
}

function parse(text: string): Finding[] | undefined {
  try {
    const found: unknown = JSON.parse(text)
    return Array.isArray(found)
      ? found.filter(isFinding).map(({ name, ok, message, fix }) => ({ name, ok, message, fix }))
      : undefined
  } catch {
    return undefined
  }
}

function isFinding(value: unknown): value is Finding {
  return (
    typeof value === 'object' &&
    value !== null &&
    'ok' in value &&
    'message' in value &&
    'fix' in value &&
    'name' in value
  )
}

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { Nix } from './environment.ts'
import { Project } from './project.ts'
import type { Result } from './run.ts'

/**
 * A project for the tests of a `describe`, which may each write what is wrong into flake.nix: it is put back after each.
 * @param given hears of the project and what its flake.nix holds, before the tests
 */
export function projectToBreak(nix: Nix, given: (project: Project, flake: string) => void): void {
  let project: Project
  let flake: string
  const file = () => join(project.directory, 'flake.nix')
  beforeAll(async () => {
    project = await Project.create({ nix })
    flake = readFileSync(file(), 'utf8')
    given(project, flake)
  })
  afterEach(() => writeFileSync(file(), flake))
  afterAll(() => project?.remove())
}

/** The command that a message ends with. */
export const nextIn = ({ stderr }: Result) => / {2}Next: (.*)\n$/.exec(stderr)?.[1] ?? 'exit 1'

/** Each failure of Nix is told in a few lines; all that Nix said is in a file of the project's state. */
export function expectFewLines({ code, stdout, stderr }: Result, project: Project): void {
  expect(code, stderr).toBe(1)
  expect(stdout).toBe('')
  const lines = stderr.split('\n').filter((line) => !/^(Building|Waiting for) /.test(line))
  expect(lines.length, stderr).toBeLessThanOrEqual(6)
  expect(stderr).not.toMatch(/error:|…\s*while|show-trace|@nix/)
  expect(stderr).toMatch(/^ {2}Next: /m)
  const log = /The full output of Nix is in (\/.*)\.\n/.exec(stderr)?.[1] ?? ''
  expect(log.startsWith(project.state), stderr).toBe(true)
  expect(readFileSync(log, 'utf8')).toMatch(/^error:/)
}

import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { Project } from './project.ts'
import type { Result } from './run.ts'

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

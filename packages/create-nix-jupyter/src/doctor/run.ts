import { execFile } from 'node:child_process'
import type { Say } from './finding.js'

/** What is examined: the machine as the front door read it, and the catalogue of what there is to say about it. */
export interface Examined {
  readonly line: Say
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: string
  readonly arch: string
}

/** What a program said. */
export interface Said {
  readonly ok: boolean
  readonly output: string
  readonly error: string
}

const TIMEOUT_MS = 20_000

/** Runs a program, without a shell and without input. Never rejects; after 20 seconds it is ended. */
export function run(
  program: string,
  args: readonly string[],
  { cwd, env }: Pick<Examined, 'cwd' | 'env'>,
): Promise<Said> {
  return new Promise((resolve) => {
    const done = (error: Error | null, stdout: string, stderr: string) =>
      resolve({ ok: error === null, output: stdout.trim(), error: stderr.trim() || (error?.message ?? '') })
    const child = execFile(program, [...args], { cwd: cwd || '/', env: { ...env }, timeout: TIMEOUT_MS }, done)
    child.stdin?.end()
  })
}

/** The line of an error that says why: the one that calls itself so, or the last one. */
export function reasonIn(text: string): string {
  const lines = text.trim().split('\n')
  const reason = lines.find((line) => /^error: \S/.test(line)) ?? lines.at(-1) ?? ''
  return reason.replace(/^error: /, '').trim()
}

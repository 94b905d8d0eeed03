import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, inject, onTestFinished } from 'vitest'
import { begin, type Result } from './run.ts'
import { openTerminal, type Session } from './terminal.ts'

/** The packed program's entry, as npm links it. */
export function entry(): string {
  return path.join(inject('packed'), 'bin/create-nix-jupyter.cjs')
}

/** Starts the packed program without a terminal; `before` is a command that runs it. */
export function start(
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
  before: readonly string[] = [],
): { child: ChildProcess; ended: Promise<Result> } {
  const [file = '', ...words] = [...before, process.execPath, entry(), ...args]
  const { child, closed } = begin(file, words, { cwd, env })
  return { child, ended: closed }
}

/** Runs the packed program without a terminal to its end. No run may ever show a stack trace. */
export async function run(
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
  before: readonly string[] = [],
): Promise<Result> {
  const ran = await start(args, cwd, env, before).ended
  expect(ran.stderr + ran.stdout).not.toMatch(/^\s+at .*:\d+:\d+/m)
  return ran
}

/** Runs the packed program in a real terminal, which is gone after the test. */
export function open(
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
  cols?: number,
  rows?: number,
): Session {
  return openCommand([process.execPath, entry(), ...args], cwd, env, cols, rows)
}

/** Runs any command in such a terminal. */
export function openCommand(
  command: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  cols?: number,
  rows?: number,
): Session {
  const session = openTerminal(command, { cwd, env, ...(cols && { cols }), ...(rows && { rows }) })
  onTestFinished(() => session.kill())
  return session
}

/** Names in a directory, sorted, hidden ones too. */
export function entries(directory: string): string[] {
  return readdirSync(directory).sort()
}

/** Every file under a directory but git's own, with its content: to show that nothing changed, or was lost. */
export function contents(directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter(
    (file) => !file.split(path.sep).includes('.git') && lstatSync(path.join(directory, file)).isFile(),
  )
  return Object.fromEntries(files.sort().map((file) => [file, readFileSync(path.join(directory, file), 'utf8')]))
}

/** Checks that a project is whole: every file that its record names is there, as it was written. */
export async function expectWhole(project: string): Promise<void> {
  const record = JSON.parse(readFileSync(path.join(project, '.nix-jupyter.json'), 'utf8'))
  const files: Record<string, string> = record.files
  expect(Object.keys(files).length).toBeGreaterThan(5)
  for (const [file, hash] of Object.entries(files)) {
    const content = readFileSync(path.join(project, file))
    expect(`sha256-${createHash('sha256').update(content).digest('base64')}`, file).toBe(hash)
  }
  expect(Object.keys(contents(project)).sort()).toEqual([...Object.keys(files), '.nix-jupyter.json'].sort())
  expect(existsSync(path.join(project, 'flake.nix'))).toBe(true)
}

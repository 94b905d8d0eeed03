import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import catalogue from '../../../../templates/shared/nix/lab/checks/doctor.json' with { type: 'json' }
import { cache } from '../../../../tests/support/cache.mjs'
import { entry, run } from '../../../../tests/support/program.ts'
import { makeScene } from '../../../../tests/support/world.ts'
import type { Line } from '../../src/doctor/finding.ts'

// A machine with what a test takes away from it, what doctor finds there, and whether the command that it names fixes it.

type Scene = ReturnType<typeof makeScene>
interface Finding {
  readonly name: string
  readonly ok: boolean
  readonly message: string
  readonly fix: string | null
}

/** The newest Nix that the tests have: Debian's is the old one. */
export const NEWEST: string = JSON.parse(readFileSync(path.join(cache, 'environment.json'), 'utf8'))
  .nix.map((nix: { bin: string }) => nix.bin)
  .at(-1)

/** A machine on which all is well: programs by their names, and no others. */
export function makeMachine(...without: string[]): Scene {
  const scene = makeScene()
  const bin = path.join(path.dirname(scene.directory), 'bin')
  mkdirSync(bin)
  const programs = [
    'git',
    'sh',
    'env',
    'cat',
    'mkdir',
    'chmod',
    'id',
    'df',
    'uname',
    'grep',
    'sed',
    'dirname',
    'mount',
    'awk',
    'unshare',
    'setpriv',
  ]
  for (const name of programs)
    symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), path.join(bin, name))
  symlinkSync(process.execPath, path.join(bin, 'node'))
  // What npx would fetch is the program that is tested.
  const npx = `#!/bin/sh\nshift\nexec '${process.execPath}' '${entry()}' "$@"\n`
  writeFileSync(path.join(bin, 'npx'), npx, { mode: 0o755 })
  for (const name of ['nix', 'nix-daemon']) symlinkSync(path.join(NEWEST, name), path.join(bin, name))
  for (const name of without) rmSync(path.join(bin, name))
  const config = path.join(path.dirname(scene.directory), 'nix-conf')
  mkdirSync(config)
  writeFileSync(path.join(config, 'nix.conf'), '')
  return { ...scene, env: { ...scene.env, PATH: bin, NIX_CONF_DIR: config, GIT_CONFIG_NOSYSTEM: '1' } }
}

export const binOf = ({ env }: Scene) => env.PATH ?? ''

export async function examine({ directory, env }: Scene, before: readonly string[] = []): Promise<Finding[]> {
  const ran = await run(['doctor', '--json'], directory, env, before)
  const { ok, findings } = JSON.parse(ran.stdout)
  expect(ran).toMatchObject({ code: ok ? 0 : 1, stderr: '' })
  expect(ok).toBe(findings.every((finding: Finding) => finding.ok))
  for (const finding of findings) expect(Object.keys(LINES)).toContain(finding.name)
  return findings
}

/** What the catalogue, which projects have as well, says of a line. */
export const LINES: Readonly<Record<Line, { good?: string; problem?: string; fix?: string }>> = catalogue

const patternOf = (text: string) =>
  new RegExp(`^${text.replace(/[.*+?()[\]|$\\^]/g, '\\$&').replace(/\{[a-z]+\}/g, '.*')}$`, 's')

/** The finding of a fault, which has to be there, with a command in which no slot is left open. */
export function findingOf(name: Line, findings: readonly Finding[]): Finding & { fix: string } {
  const found = findings.find((finding) => finding.name === name)
  expect(found, `${name} in ${JSON.stringify(findings, null, 1)}`).toBeDefined()
  const { good, problem = good, fix } = LINES[name]
  expect(found?.message).toMatch(patternOf(problem ?? ''))
  expect(found?.fix).toMatch(patternOf(fix ?? ''))
  expect(`${found?.message} ${found?.fix}`).not.toMatch(/\{[a-z]+\}|undefined/)
  tried.add(name)
  return { ...(found as Finding), fix: found?.fix ?? '' }
}

/** The lines that a test has made, and those whose command it has typed as well. */
export const tried = new Set<string>()
export const fixed = new Set<string>()

/** Types the command that was named, and looks again in the same shell: the fault has to be gone. */
export function expectFixed(
  name: Line,
  { directory, env }: Scene,
  fix: string,
  { before = [], shell = '/bin/sh' }: { before?: readonly string[]; shell?: string } = {},
): void {
  const look = `\necho '{{{'; '${process.execPath}' '${entry()}' doctor --json`
  // A shell that the command begins reads it from its input.
  const args = ['-c', 'echo "$0" | "$@"', look, ...before, shell, '-c', fix + look]
  const ran = spawnSync('/bin/sh', args, { cwd: directory, env, encoding: 'utf8' })
  const { findings } = JSON.parse(ran.stdout.split('{{{\n')[1] ?? '')
  const left = findings.filter((finding: Finding) => finding.name === name)
  expect(left, ran.stderr).toEqual([])
  fixed.add(name)
}

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { PATH, person } from './home.ts'
import { mountItself, mountReadOnly, mountSmallDisk, mountUsedUpQuota } from './mounts.ts'

export { writeFiles } from './home.ts'

/** A fresh directory with a home of its own beside it, both gone after the test. */
export function makeScene(): { directory: string; env: Record<string, string> } {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'cnj-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const [directory, home] = [join(root, 'here'), join(root, 'home')]
  mkdirSync(directory)
  mkdirSync(home)
  // What a run unpacks for a moment is written where all else of the test is: a disk in memory, most of the time.
  return { directory, env: { PATH, TERM: 'xterm-256color', TMPDIR: tmpdir(), ...person(home) } }
}

/** Lets the program begin with some code of the test's, in its own process. */
export function preload(env: Record<string, string>, code: string): Record<string, string> {
  const file = join(dirname(env.HOME ?? ''), 'preload.cjs')
  writeFileSync(file, code)
  return { ...env, NODE_OPTIONS: `--require=${file}` }
}

/** A small disk of its own, gone after the test. */
export function makeSmallDisk(directory: string, size: string): void {
  mkdirSync(directory, { recursive: true })
  onTestFinished(mountSmallDisk(directory, `size=${size}`))
}

/** A directory on a disk with room, on which the user's quota is used up, until the test is over. */
export function makeUsedUpQuota(directory: string): void {
  onTestFinished(mountUsedUpQuota(directory))
}

/** A directory that cannot be written to until the test is over. */
export function makeReadOnly(directory: string): void {
  onTestFinished(mountReadOnly(directory))
}

/** Makes a mount of its own out of a directory or a file, until the test is over. */
export function makeMount(place: string): void {
  onTestFinished(mountItself(place))
}

/** Runs git in a directory and returns what it prints. */
export function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
}

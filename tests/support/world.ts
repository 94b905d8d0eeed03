import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { PATH, person } from './home.ts'
import { mountItself, mountReadOnly, mountSmallDisk } from './mounts.ts'

export { writeFiles } from './home.ts'

/** A fresh folder with a home of its own beside it, both gone after the test. */
export function makeScene(): { folder: string; env: Record<string, string> } {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'cnj-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const [folder, home] = [join(root, 'here'), join(root, 'home')]
  mkdirSync(folder)
  mkdirSync(home)
  // What a run unpacks for a moment is written where all else of the test is: a disk in memory, most of the time.
  return { folder, env: { PATH, TERM: 'xterm-256color', TMPDIR: tmpdir(), ...person(home) } }
}

/** Lets the program begin with some code of the test's, in its own process. */
export function preload(env: Record<string, string>, code: string): Record<string, string> {
  const file = join(dirname(env.HOME ?? ''), 'preload.cjs')
  writeFileSync(file, code)
  return { ...env, NODE_OPTIONS: `--require=${file}` }
}

/** A small disk of its own, gone after the test. */
export function makeSmallDisk(folder: string, size: string): void {
  mkdirSync(folder, { recursive: true })
  onTestFinished(mountSmallDisk(folder, `size=${size}`))
}

/** A folder that cannot be written to until the test is over. */
export function makeReadOnly(folder: string): void {
  onTestFinished(mountReadOnly(folder))
}

/** Makes a mount of its own out of a folder or a file, until the test is over. */
export function makeMount(place: string): void {
  onTestFinished(mountItself(place))
}

/** Runs git in a folder and returns what it prints. */
export function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
}

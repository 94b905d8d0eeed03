import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'

/** A fresh folder with a home of its own beside it, so that no setting of the machine reaches the test. */
export function makeScene(): { folder: string; env: Record<string, string> } {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'cnj-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const folder = path.join(root, 'here')
  const home = path.join(root, 'home')
  mkdirSync(folder)
  mkdirSync(home)
  const env = {
    PATH: `${path.dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Ada',
    GIT_AUTHOR_EMAIL: 'ada@example.org',
    GIT_COMMITTER_NAME: 'Ada',
    GIT_COMMITTER_EMAIL: 'ada@example.org',
  }
  return { folder, env }
}

/** Lets the program begin with some code of the test's, in its own process. */
export function preload(env: Record<string, string>, code: string): Record<string, string> {
  const file = path.join(path.dirname(env.HOME ?? ''), 'preload.cjs')
  writeFileSync(file, code)
  return { ...env, NODE_OPTIONS: `--require=${file}` }
}

/** A small disk of its own, gone after the test. Tests run as root. */
export function makeSmallDisk(folder: string, size: string): void {
  mkdirSync(folder, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder])
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', folder])
  })
}

/** Turns a folder into a read-only mount of itself, which stops even root. */
export function makeReadOnly(folder: string): void {
  execFileSync('mount', ['--bind', folder, folder])
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', folder])
  })
  execFileSync('mount', ['-o', 'remount,bind,ro', folder])
}

/** Runs git in a folder and returns what it prints. */
export function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
}

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A person with a home and a git identity of their own, so that no setting of this machine reaches what they run. */
export function person(home: string) {
  return {
    HOME: home,
    LANG: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Ada',
    GIT_AUTHOR_EMAIL: 'ada@example.org',
    GIT_COMMITTER_NAME: 'Ada',
    GIT_COMMITTER_EMAIL: 'ada@example.org',
  }
}

/** What this machine needs to reach package registries, of the variables with such names. */
export function waysOut(names: RegExp): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => names.test(name)))
}

/** Where Node, git and the programs of the system are. */
export const PATH = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`

/** A fresh folder with a home of its own beside it, both gone after the test. */
export function makeScene(): { folder: string; env: Record<string, string> } {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'cnj-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const [folder, home] = [join(root, 'here'), join(root, 'home')]
  mkdirSync(folder)
  mkdirSync(home)
  return { folder, env: { PATH, TERM: 'xterm-256color', ...person(home) } }
}

/** Lets the program begin with some code of the test's, in its own process. */
export function preload(env: Record<string, string>, code: string): Record<string, string> {
  const file = join(dirname(env.HOME ?? ''), 'preload.cjs')
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

/** Writes files by their paths, with the folders that they are in. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), content)
  }
}

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { run } from './support/program.js'
import { git, makeScene } from './support/scene.js'
import { type Call, inParallel, record, runWithFault, whyNoStrace } from './support/strace.js'

// I4: every system call that has to do with the project fails in turn. Whatever fails, and whether it lasts: the project is
// whole and the exit code 0, or everything is as it was and the exit code another one.

/** Small, so that every call can be tried. */
const TEMPLATE = { 'flake.nix': '{ }\n', 'README.md': '# {{name}}\n', 'nix/deep/a.nix': '1\n', start: '#!/bin/sh\n' }
const MINE = { 'flake.nix': 'my flake\n', 'nix/deep/a.nix': 'my a\n', 'nix/mine': 'mine\n', data: '1,2\n' }

const ERRORS: Readonly<Record<string, readonly string[]>> = {
  openat: ['ENOSPC', 'EIO', 'EACCES', 'EINTR'],
  mkdir: ['ENOSPC', 'EIO', 'EACCES', 'EINTR'],
  write: ['ENOSPC', 'EIO', 'EINTR'],
  close: ['EIO', 'EINTR'],
  read: ['EIO', 'EINTR'],
  fsync: ['EIO', 'ENOSPC', 'EINTR'],
  link: ['EXDEV', 'ENOSPC', 'EIO', 'EACCES', 'EINTR', 'EPERM'],
  rename: ['EXDEV', 'ENOSPC', 'EIO', 'EACCES', 'EINTR'],
}
const OTHERS = ['EIO', 'EACCES', 'EINTR']

interface Fault {
  readonly call: Call
  readonly error: string
  readonly lasting: boolean
}

/** What only looks; of these every call fails in one way, of all others in two. */
const LOOKS = /^(read|close|access|readlink|getdents64|\w*stat\w*)$/

/** Each call fails once, or for good, with the errors in turn. Node itself goes on after EINTR, so that cannot last. */
function faultsOf(calls: readonly Call[]): Fault[] {
  return calls.flatMap((call, index) => {
    const errors = ERRORS[call.name] ?? OTHERS
    const lasting = errors.filter((error) => error !== 'EINTR')
    const once = { call, error: errors[index % errors.length] ?? 'EIO', lasting: false }
    const forGood = { call, error: lasting[index % lasting.length] ?? 'EIO', lasting: true }
    if (LOOKS.test(call.name)) return index % 2 === 0 ? [once] : [forGood]
    return [once, forGood]
  })
}

interface Scene {
  readonly name: string
  readonly args: readonly string[]
  readonly mine: Readonly<Record<string, string>>
  readonly repository: boolean
}

const SCENES: readonly Scene[] = [
  { name: 'a new directory without git', args: ['lab', '--no-git'], mine: {}, repository: false },
  { name: 'a new directory with git', args: ['lab'], mine: {}, repository: false },
  { name: 'a new directory in a repository', args: ['lab'], mine: {}, repository: true },
  { name: 'an existing directory', args: ['.'], mine: {}, repository: false },
  { name: 'keep with git', args: ['.', '--on-conflict', 'keep'], mine: MINE, repository: false },
  { name: 'backup without git', args: ['.', '--no-git', '--on-conflict', 'backup'], mine: MINE, repository: false },
]

const LEFTOVER = /^\.create-nix-jupyter-/

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    writeFileSync(path.join(folder, file), content)
  }
}

/** All files and folders but git's and what a later run clears, with the contents. */
function stateOf(folder: string, below = ''): Record<string, string> {
  const state: Record<string, string> = {}
  for (const entry of readdirSync(path.join(folder, below), { withFileTypes: true })) {
    const file = below ? `${below}/${entry.name}` : entry.name
    if (entry.name === '.git' || LEFTOVER.test(entry.name)) continue
    if (entry.isDirectory()) Object.assign(state, { [`${file}/`]: '' }, stateOf(folder, file))
    else state[file] = readFileSync(path.join(folder, file), 'utf8')
  }
  return state
}

const reason = whyNoStrace()

describe.skipIf(reason)(`every call fails${reason ? ` (not run: ${reason})` : ''}`, { timeout: 600_000 }, () => {
  it.each(SCENES)('I4: $name', async ({ args, mine, repository }) => {
    const { folder: root, env } = makeScene()
    const template = path.join(root, 'template')
    write(template, TEMPLATE)
    const command = [...args, '--yes', '--trust', '-t', template]
    // All have the same name, which is in the files.
    const prepare = (name: string) => {
      const folder = path.join(root, name, 'work')
      mkdirSync(folder, { recursive: true })
      write(folder, mine)
      if (repository) git(folder, 'init', '-q')
      return folder
    }
    const first = prepare('recorded')
    const before = stateOf(first)
    const { calls, ran } = await record(command, first, env, first)
    expect(ran).toMatchObject({ code: 0 })
    expect(calls.length).toBeGreaterThan(30)
    const after = stateOf(first)

    const problems: string[] = []
    await inParallel(faultsOf(calls), async ({ call, error, lasting }, index) => {
      const folder = prepare(String(index))
      const { code, signal, stderr, stdout } = await runWithFault(call, `error=${error}`, lasting, command, folder, env)
      // Node ends itself when it cannot write to its own threads, which is no disk's fault.
      if (signal === 'SIGABRT' && call.name === 'write' && lasting) return
      const state = stateOf(folder)
      const problem = (what: string) =>
        problems.push(`${what} after ${error}${lasting ? ' for good' : ''} at ${call.text}: ${code} ${stderr}`)
      if (/^\s+at .*:\d+:\d+/m.test(stderr + stdout)) problem('a stack trace')
      if (code === 0 && !same(state, after)) problem(`not whole (${difference(state, after)})`)
      if (code !== 0 && !same(state, before)) problem(`not as before (${difference(state, before)})`)
      if (code !== 0 && readdirSync(folder).some((name) => LEFTOVER.test(name))) {
        const again = await run(command, folder, env)
        if (again.code !== 0 || !same(stateOf(folder), after))
          problem(`then a run ends with ${again.code} ${again.stderr}`)
      }
      rmSync(path.dirname(folder), { recursive: true })
    })
    expect(problems).toEqual([])
  })
})

function same(one: Record<string, string>, other: Record<string, string>): boolean {
  return difference(one, other) === ''
}

function difference(one: Record<string, string>, other: Record<string, string>): string {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].filter((name) => one[name] !== other[name]).join(', ')
}

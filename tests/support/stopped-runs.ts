import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { git, makeScene, writeFiles } from './world.ts'

// What is tried at every system call: a small template, so that there are few of them, into directories of every kind.

const TEMPLATE = { 'flake.nix': '{ }\n', 'README.md': '# {{name}}\n', 'nix/deep/a.nix': '1\n' }
const MINE = { 'flake.nix': 'my flake\n', 'nix/deep/a.nix': 'my a\n', 'nix/mine': 'mine\n', data: '1,2\n' }

/** A command, and the directory that it meets. */
export interface Scene {
  readonly name: string
  readonly args: readonly string[]
  readonly mine: Readonly<Record<string, string>>
  readonly repository: boolean
}

export const SCENES: readonly Scene[] = [
  { name: 'a new directory without git', args: ['lab', '--no-git'], mine: {}, repository: false },
  { name: 'a new directory with git', args: ['lab'], mine: {}, repository: false },
  { name: 'a new directory in a repository', args: ['lab'], mine: {}, repository: true },
  { name: 'an existing directory', args: ['.'], mine: {}, repository: false },
  { name: 'keep with git', args: ['.', '--on-conflict', 'keep'], mine: MINE, repository: false },
  { name: 'backup without git', args: ['.', '--no-git', '--on-conflict', 'backup'], mine: MINE, repository: false },
]

export const LEFTOVER = /^\.create-nix-jupyter-/

/** All files and directories but git's and what a later run clears, with the contents. */
export function stateOf(directory: string, below = ''): Record<string, string> {
  const state: Record<string, string> = {}
  for (const entry of readdirSync(path.join(directory, below), { withFileTypes: true })) {
    const file = below ? `${below}/${entry.name}` : entry.name
    if (entry.name === '.git' || LEFTOVER.test(entry.name)) continue
    if (entry.isDirectory()) Object.assign(state, { [`${file}/`]: '' }, stateOf(directory, file))
    else state[file] = readFileSync(path.join(directory, file), 'utf8')
  }
  return state
}

/** Makes the directory of a scene anew for each run; all have the same name, which is in the files. */
export function setUp({ args, mine, repository }: Scene) {
  const { directory: root, env } = makeScene()
  const template = path.join(root, 'template')
  writeFiles(template, TEMPLATE)
  const prepare = (name: string) => {
    const directory = path.join(root, name, 'work')
    mkdirSync(directory, { recursive: true })
    writeFiles(directory, mine)
    if (repository) git(directory, 'init', '-q')
    return directory
  }
  return {
    env,
    prepare,
    options: ['--yes', '--trust', '-t', template],
    command: [...args, '--yes', '--trust', '-t', template],
  }
}

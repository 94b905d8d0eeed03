import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeFiles } from '../support/home.ts'
import { NONE } from './cell.ts'
import type { Program } from './program.ts'
import type { Scene } from './scene.ts'
import { type Attempt, attempt, type Situation, type Theme } from './situation.ts'
import { twoAtOnce } from './two-at-once.ts'

/** What somebody has who made a repository first; some of it has the name of a file of every project. */
const MINE = {
  'README.md': '# Mine\n\nWhat I wrote.\n',
  LICENSE: 'My licence.\n',
  '.gitignore': '*.mine\n',
  'package.json': '{ "name": "mine", "scripts": { "mine": "true" } }\n',
  'flake.nix': '{ mine = true; }\n',
  'tsconfig.json': '{ "mine": true }\n',
  'notes/data.csv': '1,2,3\n',
}

function makeRepository(scene: Scene) {
  const cwd = join(scene.here, 'app')
  const git = (...args: string[]) => execFileSync('git', args, { cwd, env: scene.env, stdio: 'ignore' })
  mkdirSync(cwd, { recursive: true })
  git('init', '-q', '--initial-branch=main')
  git('add', '.')
  git('-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-q', '--allow-empty', '-m', 'mine')
  writeFiles(cwd, { '.git/hooks/pre-commit': '#!/bin/sh\n' })
}

/** What the repository holds: all but the index, which every `git add` writes. */
function repositoryOf({ here }: Scene) {
  const directory = join(here, 'app')
  const files = readdirSync(join(directory, '.git'), { recursive: true, encoding: 'utf8' })
    .map((path) => `.git/${path}`)
    .filter((path) => path !== '.git/index' && statSync(join(directory, path)).isFile())
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(directory, path))]))
}

/** A run into a directory with a repository. */
function intoRepository(program: Program, how: Attempt) {
  return attempt(program, { ...how, prepare: makeRepository, mineToo: repositoryOf })
}

function goingOn(kind: 'merge' | 'replace', title: string, ours: string): Situation {
  return {
    id: kind,
    title,
    ours,
    run: async (program: Program) => {
      const way = program[kind]
      if (!way) return NONE
      const cell = await intoRepository(program, {
        mine: MINE,
        words: way.words,
        chosen: way.chosen ? [way.chosen] : [],
        ...(way.how && { how: way.how }),
      })
      return { ...cell, text: `${way.label}: ${cell.text}` }
    },
  }
}

export const conflicts: Theme = {
  id: 'conflicts',
  title: 'The directory is taken',
  intro: `The directory *with files* is a git repository with ${Object.keys(MINE).length} files of the user, such as README.md, package.json and flake.nix; a
file is *lost* when its content is nowhere any more. What a program asks without being told how is answered as it proposes. Going
on is done in the way that the program has for it, by a flag or by choosing the words in its terminal. To lose files after
typing or choosing a word for removing or overwriting is no false success. Two at once ask for different projects.`,
  situations: [
    {
      id: 'with-files',
      ours: '3, nothing',
      title: 'with files, nothing said about them',
      run: (program) => intoRepository(program, { mine: MINE }),
    },
    goingOn('merge', 'with files, going on beside them', '`--on-conflict keep`: 0, whole'),
    goingOn(
      'replace',
      'with files, putting new ones in their place',
      '`--on-conflict backup`: 0, whole, renamed `flake.nix`',
    ),
    {
      id: 'only-git',
      ours: '0, whole',
      title: 'with nothing but `.git`',
      run: (program) => intoRepository(program, {}),
    },
    {
      id: 'file',
      ours: '3, nothing',
      title: 'a file has the name',
      run: (program) => attempt(program, { prepare: ({ here }) => writeFileSync(join(here, 'app'), 'mine') }),
    },
    {
      id: 'dangling',
      ours: '3, nothing',
      title: 'a link to nowhere has the name',
      run: (program) => attempt(program, { prepare: ({ here }) => symlinkSync('nowhere', join(here, 'app')) }),
    },
    { id: 'two', ours: '5 × 0 and 3, whole', title: 'two runs at once', run: (program) => twoAtOnce(program) },
  ],
}

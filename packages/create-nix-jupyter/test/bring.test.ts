import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { entries, expectWhole, open, run } from '../../../tests/support/program.ts'
import { KEYS } from '../../../tests/support/terminal.ts'
import { makeScene } from '../../../tests/support/world.ts'
import { CORPUS, notebook } from './bring/corpus.ts'

import { planned, put } from './bring/plan.ts'

describe('files of every shape', () => {
  it.each(CORPUS)('$name', async ({ files, from = '.', packages, left = [] }) => {
    const scene = makeScene()
    put(path.join(scene.directory, 'old'), files)
    const { brought, ...told } = await planned(scene, '--from', path.join('old', from))
    expect(told.packages).toEqual(packages)
    const said = brought.left.map(({ what }) => what)
    expect(left.filter((part) => !said.some((what) => what.includes(part)))).toEqual([])
    expect(said).toHaveLength(left.length)
    expect(JSON.stringify(brought)).not.toContain('secret')
    for (const { where, why } of brought.left)
      expect([where, why]).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)])
  })

  it('are enough', () => expect(CORPUS.length).toBeGreaterThan(40))

  it('are the same packages when they are given by the flag, as the printed command does', async () => {
    const lists = together(CORPUS.map(({ packages }) => packages))
    const told = await Promise.all(lists.map((packages) => planned(makeScene(), '--packages', packages.join(','))))
    expect(told.map(({ packages }) => [...packages].sort())).toEqual(lists)
  })
})

/** The same in fewer lists: those that ask for nothing twice, with one run of the program each. */
function together(lists: readonly (readonly string[])[]): string[][] {
  const rounds: Map<string, string>[] = []
  for (const list of lists) {
    const asked = list.map((text) => [text.replace(/[^\w.-][^;]*/, '').toLowerCase(), text] as const)
    const fits = (round: Map<string, string>) => asked.every(([key, text]) => (round.get(key) ?? text) === text)
    const round = rounds.find(fits) ?? rounds[rounds.push(new Map()) - 1]
    for (const [key, text] of asked) round?.set(key, text)
  }
  return rounds.map((round) => [...round.values()].sort())
}

describe('what cannot be brought ends before anything is written', () => {
  it.each([
    ['is not there', {}, 'There is no file or directory old'],
    ['is empty', { 'old/data.csv': '1' }, 'has no notebooks and no file that lists packages'],
    ['is no YAML', { 'old/environment.yml': 'a: [1\n' }, 'old/environment.yml cannot be read'],
    ['is no TOML', { 'old/pyproject.toml': 'a = \n' }, 'old/pyproject.toml cannot be read'],
    ['has no list', { 'old/environment.yml': 'dependencies: numpy\n' }, 'its dependencies are not a list'],
  ])('%s', async (_, files, message) => {
    const { directory, env } = makeScene()
    put(directory, files)
    const ran = await run(['lab', '-t', 'minimal', '--yes', '--from', 'old'], directory, env)
    expect(ran).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) })
    expect(entries(directory)).not.toContain('lab')
  })

  it('a remote template keeps its own packages', async () => {
    const { directory, env } = makeScene()
    put(directory, { 'old/requirements.txt': 'numpy\n', 'mine/flake.nix': '{ }\n' })
    const ran = await run(['lab', '-t', './mine', '--trust', '--yes', '--from', 'old'], directory, env)
    expect(ran).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--from works with the built-in templates only'),
    })
  })
})

it('is asked about where the directory that becomes the project has something to bring', async () => {
  const { directory, env } = makeScene()
  put(directory, { 'requirements.txt': 'cowsay==6.1\n' })
  const session = open(
    ['.', '-t', 'minimal', '--python', '3.13', '--with', 'none', '--no-git', '--on-conflict', 'keep'],
    directory,
    env,
  )
  await session.see('has requirements.txt. Bring these packages into the project?')
  session.type(KEYS.enter)
  await session.see('npm create nix-jupyter@')
  expect(await session.exited).toBe(0)
  expect(session.screen()).not.toContain('Extra Python packages')
  expect(readFileSync(path.join(directory, 'requirements.in'), 'utf8')).toContain('cowsay==6.1')
})

it.each([
  ['notebooks alone', {}, 'has 2 notebooks. Look for what they install and import?'],
  ['both', { 'requirements.txt': 'cowsay==6.1\n' }, 'has requirements.txt, 2 notebooks. Bring these packages'],
])('is asked about notebooks as well, and says what they import: %s', async (_, files, question) => {
  const { directory, env } = makeScene()
  put(directory, { 'a.ipynb': notebook('import pandas'), 'b.ipynb': notebook('import os'), ...files })
  const given = ['.', '-t', 'minimal', '--python', '3.13', '--with', 'none', '--packages', 'numpy', '--no-git']
  const session = open([...given, '--on-conflict', 'keep'], directory, env, 200)
  await session.see(question)
  session.type(KEYS.enter)
  await session.see('the notebooks, which stay where they are')
  await session.see('./lab add pandas')
  expect(await session.exited).toBe(0)
  expect(entries(path.join(directory, 'notebooks'))).toEqual(['start.ipynb'])
})

it.each([
  ['uv', 'pyproject.toml', 'numpy==1.24.3', /numpy/g],
  ['fasthtml', 'requirements.in', 'Python_FastHTML>=0.12', /fasthtml(?!\.)/gi],
])('what the template %s has anyway stands in %s once, in the version that is wanted', async (...row) => {
  const [template, file, wanted, name] = row
  const scene = makeScene()
  put(scene.directory, { 'old.txt': `${wanted}\n` })
  await run(['lab', '-t', template, '--yes', '--no-git', '--from', 'old.txt'], scene.directory, scene.env)
  const text = readFileSync(path.join(scene.directory, 'lab', file), 'utf8').replace(/#.*$/gm, '')
  expect(text.match(name)).toHaveLength(1)
  expect(text).toContain(wanted)
})

it('a Python that fits is chosen where one fits', async () => {
  const scene = makeScene()
  put(scene.directory, { 'old/pyproject.toml': '[project]\ndependencies=["a"]\nrequires-python=">=3.14"\n' })
  const ran = await run(['lab', '-t', 'minimal', '--yes', '--no-git', '--from', 'old'], scene.directory, scene.env)
  expect(ran).toMatchObject({ code: 0 })
  await expectWhole(path.join(scene.directory, 'lab'))
  expect(readFileSync(path.join(scene.directory, 'lab/flake.nix'), 'utf8')).toContain('python314')
})

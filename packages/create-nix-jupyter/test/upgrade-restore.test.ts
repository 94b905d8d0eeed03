import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { entry } from '../../../tests/support/program.ts'
import { runProgram } from '../../../tests/support/versions.ts'
import { git, makeScene } from '../../../tests/support/world.ts'

// The record is lost: the command that is printed brings it back from where git has it.

/** A project below a repository's top, whose files are added and not committed. */
function scene() {
  const { directory, env } = makeScene()
  git(directory, 'init', '-q')
  mkdirSync(path.join(directory, 'deep'))
  runProgram(entry(), ['deep/lab', '--yes'], directory, env)
  const project = path.join(directory, 'deep/lab')
  const record = path.join(project, '.nix-jupyter.json')
  const commit = (message: string) =>
    git(directory, '-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-aqm', message)
  const upgrade = (cwd: string, ...args: string[]) => runProgram(entry(), ['upgrade', ...args], cwd, env)
  const advised = (cwd: string, ...args: string[]) => {
    const { status, stderr } = upgrade(cwd, ...args)
    expect(status, stderr).toBe(2)
    return /Next: (.*)\n/.exec(stderr)?.[1] ?? stderr
  }
  return { directory, env, project, record, commit, upgrade, advised }
}

type Scene = ReturnType<typeof scene>

const LOST: readonly (readonly [string, (scene: Scene) => void])[] = [
  ['gone, and only git’s index has it', ({ record }) => rmSync(record)],
  [
    'gone, and committed',
    ({ record, commit }) => {
      commit('all')
      rmSync(record)
    },
  ],
  [
    'gone, also from the last commit',
    ({ record, commit }) => {
      commit('all')
      rmSync(record)
      commit('gone')
    },
  ],
  [
    'damaged, also in the last commit',
    ({ record, commit }) => {
      commit('all')
      appendFileSync(record, 'x')
      commit('damaged')
    },
  ],
  ['damaged, and only git’s index has it', ({ record }) => writeFileSync(record, '{}')],
]

describe('the record of a project in a larger repository', () => {
  it.each(LOST)('%s: the command that is printed restores it', (_, lose) => {
    const made = scene()
    lose(made)
    const { directory, project, upgrade, advised } = made
    for (const [cwd, args] of [
      [project, []],
      [directory, ['deep/lab']],
    ] as const) {
      const command = advised(cwd, ...args)
      expect(command).toMatch(/^git .*checkout /)
      if (cwd === directory) execFileSync('sh', ['-c', command], { cwd, stdio: 'ignore' })
    }
    expect(upgrade(project)).toMatchObject({ status: 0, stdout: expect.stringContaining('is up to date') })
  })

  it('where it is in a directory above: that one is named', () => {
    const { project, advised } = scene()
    expect(advised(path.join(project, 'notebooks'))).toBe(`cd ${project}`)
  })

  it('where nobody has it, nothing is advised that would not work', () => {
    const { directory, env } = makeScene()
    runProgram(entry(), ['lab', '--yes', '--no-git'], directory, env)
    const project = path.join(directory, 'lab')
    rmSync(path.join(project, '.nix-jupyter.json'))
    const ran = runProgram(entry(), ['upgrade'], project, env)
    expect(ran.stderr).toBe(
      '✖ . has no .nix-jupyter.json: it is not a project of create-nix-jupyter.\n  Next: go to the directory of the project first.\n',
    )
  })
})

describe('a project that has lost nix/', () => {
  it.each([[[]], [['--no-git']]])('names the command that brings it back (%j)', (flags) => {
    const { directory, env } = makeScene()
    expect(runProgram(entry(), ['lab', '--yes', ...flags], directory, env)).toMatchObject({ status: 0 })
    const project = path.join(directory, 'lab')
    const lab = () =>
      spawnSync(path.join(project, 'lab'), ['status'], { env: { ...process.env, ...env }, encoding: 'utf8' })
    rmSync(path.join(project, 'nix'), { recursive: true })
    const lost = lab()
    expect(lost).toMatchObject({ status: 1, stderr: expect.stringContaining('nix/enter.sh is missing in ') })
    const [, typed = ''] = /Next: (.*)/.exec(lost.stderr) ?? []
    const program = `${process.execPath} ${entry()}`
    const ran = spawnSync('sh', ['-c', typed.replace('npx create-nix-jupyter', program)], {
      cwd: directory,
      env,
      encoding: 'utf8',
    })
    expect(ran).toMatchObject({ status: 0 })
    expect(lab()).toMatchObject({ status: 0, stderr: '' })
  })
})

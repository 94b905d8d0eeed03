import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { noMount, notRun } from '../../../tests/support/abilities.ts'
import { projectInGit } from '../../../tests/support/branches.ts'
import { OWN_FEATURES } from '../../../tests/support/own-features.ts'
import { contents } from '../../../tests/support/program.ts'
import { buildVersion, type Version } from '../../../tests/support/versions.ts'
import { git, makeReadOnly } from '../../../tests/support/world.ts'

// Git is in the middle of something.

let version: Version
beforeAll(() => {
  version = buildVersion('0.0.2', {}, OWN_FEATURES)
})

const scene = () => projectInGit(version)

describe('while git is in the middle of', () => {
  const mine = (at: (file: string) => string, text: string) => () => writeFileSync(at('mine.txt'), text)

  it.each([
    ['a merge', ['merge', 'b'], 'git merge is not finished here. Not resolved yet: mine.txt', 'git merge --abort'],
    ['a rebase', ['rebase', 'b'], 'git rebase is not finished here.', 'git rebase --abort'],
    ['a cherry-pick', ['cherry-pick', 'b'], 'git cherry-pick is not finished here.', 'git cherry-pick --abort'],
    ['a revert', ['revert', '--no-edit', 'a~1'], 'git revert is not finished here.', 'git revert --abort'],
  ])('%s, nothing is changed', (_, args, message, back) => {
    const { project, env, run, inGit, branch, at } = scene()
    branch('b', mine(at, 'one\n'))
    branch('a', mine(at, 'two\n'))
    mine(at, 'three\n')()
    inGit('commit', '-qam', 'more')
    expect(inGit(...args).status).toBe(1)
    const before = contents(project)
    for (const command of [['upgrade'], ['add', 'rich'], ['remove', 'x'], ['set', '--python', '3.14']]) {
      const ran = run(...command)
      expect(ran, command.join()).toMatchObject({ status: 3, stdout: '' })
      expect(ran.stderr).toContain(message)
      expect(ran.stderr).toContain(`Or go back: ${back}\n`)
    }
    expect(contents(project)).toEqual(before)
    execFileSync('sh', ['-c', back], { cwd: project, env })
    expect(run('add', 'rich').status).toBe(0)
    inGit('stash', '--include-untracked')
    inGit(...args)
    const finish = () => /finish it: (.*)\n/.exec(run('upgrade').stderr)?.[1]
    const asked: string[] = []
    // A rebase stops at each of the two commits.
    for (let on = finish(); on && asked.length < 3; on = finish()) {
      asked.push(on)
      mine(at, `four ${asked.length}\n`)()
      spawnSync('sh', ['-c', on], { cwd: project, env })
    }
    expect(asked[0]).toContain('git add -- mine.txt && git ')
    expect(run('upgrade').stdout).toContain('is up to date')
  })

  it('a stash that it could not put back, nothing is changed', () => {
    const { run, inGit, at } = scene()
    mine(at, 'one\n')()
    inGit('add', 'mine.txt')
    inGit('stash')
    mine(at, 'two\n')()
    inGit('add', 'mine.txt')
    inGit('commit', '-qm', 'two')
    inGit('stash', 'pop')
    const ran = run('add', 'rich')
    expect(ran).toMatchObject({ status: 3, stderr: expect.stringContaining('git could not merge: mine.txt') })
    inGit('add', 'mine.txt')
    expect(run('add', 'rich').status).toBe(0)
  })
})

describe('git’s index', () => {
  it('that is locked: nothing is changed, and the file is named with the command', () => {
    const { project, run, inGit, at } = scene()
    writeFileSync(at('.git/index.lock'), '')
    const before = contents(project)
    const ran = run('add', 'rich')
    expect(ran).toMatchObject({ status: 3, stdout: '' })
    expect(ran.stderr).toContain(`${at('.git/index.lock')} exists. Nothing was changed.`)
    expect(ran.stderr).toContain(`Next: if no git is running: rm ${at('.git/index.lock')}\n`)
    expect(contents(project)).toEqual(before)
    rmSync(at('.git/index.lock'))
    expect(run('add', 'rich').status).toBe(0)
    expect(inGit('ls-files', 'rich').stdout).toBe('rich/deep/one.txt\n')
  })

  it.skipIf(noMount)(
    `that does not take the new files: exit code 1, and the command that does${notRun(noMount)}`,
    () => {
      const { project, run, inGit, at } = scene()
      makeReadOnly(at('.git/objects'))
      const ran = run('add', 'rich')
      expect(ran).toMatchObject({ status: 1, stderr: expect.stringContaining('git did not take the new files') })
      expect(ran.stdout).toContain('Next:\n  git add --force -- rich/deep/one.txt\n')
      expect(existsSync(at('rich/deep/one.txt'))).toBe(true)
      expect(inGit('ls-files', 'rich').stdout).toBe('')
      expect(git(project, 'log', '--oneline')).not.toBe('')
    },
  )

  it('keeps what else is in it', () => {
    const { run, inGit, at } = scene()
    appendFileSync(at('README.md'), 'mine\n')
    inGit('add', 'README.md')
    expect(run('add', 'other').status).toBe(0)
    expect(inGit('diff', '--cached', '--name-only').stdout).toBe('README.md\nother/two.txt\n')
  })
})

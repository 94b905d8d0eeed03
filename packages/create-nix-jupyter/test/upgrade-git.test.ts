import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { noMount, notRun } from '../../../tests/support/abilities.ts'
import { OWN_FEATURES } from '../../../tests/support/own-features.ts'
import { contents } from '../../../tests/support/program.ts'
import { buildVersion, makeProject, runProgram, type Version } from '../../../tests/support/versions.ts'
import { git, makeReadOnly, makeScene } from '../../../tests/support/world.ts'

// Git is in the middle of something, or two branches of it have changed the project.

let version: Version
beforeAll(() => {
  version = buildVersion('0.0.2', {}, OWN_FEATURES)
})

function scene(...flags: string[]) {
  const { directory, env: own } = makeScene()
  const env: Record<string, string> = { ...own, CREATE_NIX_JUPYTER_OFFLINE: '1', GIT_EDITOR: 'true' }
  const project = makeProject(version, flags, directory, env)
  const at = (file: string) => path.join(project, file)
  const run = (...args: string[]) => runProgram(version.program, args, project, env)
  const inGit = (...args: string[]) => spawnSync('git', args, { cwd: project, env, encoding: 'utf8' })
  /** A branch from the beginning, with what a command of ours does, or the test itself. */
  const branch = (name: string, change: readonly string[] | (() => void)) => {
    inGit('checkout', '-qb', name, 'main')
    if (typeof change === 'function') change()
    else expect(run(...change)).toMatchObject({ status: 0 })
    inGit('add', '--all')
    inGit('commit', '-qm', name)
  }
  return { project, env, at, run, inGit, branch, read: (file: string) => readFileSync(at(file), 'utf8') }
}

/** What a project has that was made with these options. */
const made = (...flags: string[]) => contents(scene(...flags).project)

/** Types what is advised after `Next:`, but for the start, which needs Nix. */
function type(stdout: string, cwd: string, env: Record<string, string>): void {
  const steps = stdout.split('\nNext:\n')[1]?.trimEnd().split('\n') ?? []
  for (const step of steps.filter((step) => !step.includes('./start')))
    execFileSync('sh', ['-c', step], { cwd, env, stdio: 'ignore' })
}

describe('two branches that each added a feature', () => {
  it.each([
    ['merge', ['merge', 'b']],
    ['rebase', ['rebase', 'b']],
  ])('%s: upgrade unites them, and the commands that it prints finish', (_, args) => {
    const { project, env, run, inGit, branch } = scene()
    const before = contents(project)
    branch('b', ['add', 'other'])
    branch('a', ['add', 'rich'])
    expect(inGit(...args).status).toBe(1)
    const ran = run('upgrade')
    expect(ran, ran.stdout).toMatchObject({ status: 0, stderr: '' })
    expect(ran.stdout).toContain('Both sides of the merge are in it: features other, rich.')
    expect(contents(project)).toEqual(made('--with', 'rich,other'))
    type(ran.stdout, project, env)
    expect(inGit('status', '--porcelain').stdout).toBe('')
    expect(inGit('status').stdout).not.toMatch(/merging|rebas/)
    expect(run('upgrade').stdout).toContain('is up to date')
    expect(run('remove', 'rich,other').status).toBe(0)
    expect(contents(project)).toEqual(before)
  })

  it('one of which took something out: it stays out', () => {
    const { project, run, inGit, branch } = scene('--with', 'rich')
    branch('b', ['add', 'other'])
    branch('a', ['remove', 'rich'])
    inGit('merge', 'b')
    expect(run('upgrade').status).toBe(0)
    expect(contents(project)).toEqual(made('--with', 'other'))
  })

  it('one of which upgraded: the newer version unites them, and brings the feature of the other one forward', () => {
    const features = { ...OWN_FEATURES, other: { ...OWN_FEATURES.other, 'files/other/two.txt': 'two, newer\n' } }
    const newer = buildVersion('0.0.3', { 'guide.md': 'new\n' }, features)
    const { project, env, run, inGit, branch } = scene()
    const withNewer = (...args: string[]) => runProgram(newer.program, args, project, env)
    branch('b', ['add', 'other'])
    branch('a', () => expect(withNewer('upgrade').status).toBe(0))
    inGit('merge', 'b')
    const refused = run('upgrade')
    expect(refused).toMatchObject({ status: 2, stdout: '' })
    expect(refused.stderr).toContain('Next: npx create-nix-jupyter@0.0.3 upgrade')
    expect(withNewer('upgrade').status).toBe(0)
    const { directory, env: elsewhere } = makeScene()
    expect(contents(project)).toEqual(contents(makeProject(newer, ['--with', 'other'], directory, elsewhere)))
    const newest = buildVersion('0.0.4', {}, features)
    inGit('checkout', '-qf', 'a')
    inGit('clean', '-qfd')
    inGit('merge', 'b')
    const tooNew = runProgram(newest.program, ['upgrade'], project, env)
    expect(tooNew).toMatchObject({ status: 2, stderr: expect.stringContaining('create-nix-jupyter@0.0.3 upgrade') })
  })

  it('that each upgraded, to another version: the newer one unites them, and what only the older one had is gone', () => {
    const files = (text: string) => ({
      'guide.md': `${text}\n`,
      'nix/extra.nix': `"${text}"\n`,
      [`nix/${text}.nix`]: '1\n',
    })
    const [middle, newest] = [buildVersion('0.0.3', files('middle')), buildVersion('0.0.4', files('newest'))]
    const { project, env, inGit, branch } = scene('--with', 'none')
    const upgrade = ({ program }: Version) => runProgram(program, ['upgrade'], project, env)
    branch('b', () => expect(upgrade(newest).status).toBe(0))
    branch('a', () => expect(upgrade(middle).status).toBe(0))
    inGit('merge', 'b')
    const ran = upgrade(newest)
    expect(ran, ran.stderr).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Both sides of the merge are in it.'),
    })
    type(ran.stdout, project, env)
    expect(inGit('status', '--porcelain').stdout).toBe('')
    const { directory, env: elsewhere } = makeScene()
    expect(contents(project)).toEqual(contents(makeProject(newest, ['--with', 'none'], directory, elsewhere)))
  })

  it('add and remove do the same, and --dry-run shows it', () => {
    const { project, run, inGit, branch } = scene()
    branch('b', ['add', 'other'])
    branch('a', ['add', 'rich'])
    inGit('merge', 'b')
    const conflicted = contents(project)
    expect(run('upgrade', '--dry-run')).toMatchObject({ status: 0 })
    expect(contents(project)).toEqual(conflicted)
    expect(run('remove', 'other').status).toBe(0)
    expect(contents(project)).toEqual(made('--with', 'rich'))
  })

  it('committed with the markers in them: the record is read all the same', () => {
    const { run, inGit, branch, read, at } = scene()
    branch('b', ['add', 'other'])
    branch('a', ['add', 'rich'])
    inGit('merge', 'b')
    inGit('commit', '-qam', 'merged badly')
    for (const file of ['flake.nix', '.gitattributes', 'README.md'])
      writeFileSync(at(file), read(file).replace(/^(<{7}|={7}|>{7}).*\n/gm, ''))
    expect(run('upgrade').status).toBe(0)
    expect(JSON.parse(read('.nix-jupyter.json')).answers.features).toEqual(['other', 'rich'])
    expect(run('upgrade').stdout).toContain('is up to date')
  })

  it('with an edit in the same place: git’s conflict is left for the user, and named', () => {
    const { project, env, run, inGit, branch, read, at } = scene()
    branch('b', ['add', 'other'])
    branch('a', () => {
      expect(run('add', 'rich').status).toBe(0)
      writeFileSync(at('flake.nix'), read('flake.nix').replace('pkgs.git-lfs', 'pkgs.git-lfs pkgs.htop'))
    })
    inGit('merge', 'b')
    const ran = run('upgrade')
    expect(ran.status).toBe(0)
    expect(ran.stdout).toContain('Edit flake.nix: git could not merge them, and both versions are there.')
    expect(read('flake.nix')).toContain('<<<<<<< ')
    writeFileSync(at('flake.nix'), read('flake.nix').replace(/<{7}.*\n([^=]*\n)={7}\n[\s\S]*?>{7}.*\n/g, '$1'))
    type(ran.stdout.replace(/ +Edit .*\n/, ''), project, env)
    expect(inGit('status', '--porcelain').stdout).toBe('')
    expect(read('flake.nix')).toContain('pkgs.htop')
  })

  it('and that chose another Python each: it is asked which one, and set says it', () => {
    const { project, run, inGit, branch } = scene()
    branch('b', ['set', '--python', '3.14'])
    branch('a', ['set', '--python', '3.12'])
    inGit('merge', 'b')
    const refused = run('upgrade')
    expect(refused).toMatchObject({ status: 3, stdout: '' })
    expect(refused.stderr).toContain('the merged branches differ in the python: 3.12 and 3.14.')
    expect(refused.stderr).toContain('Next: npx create-nix-jupyter set --python 3.12    or 3.14\n')
    expect(run('set', '--python', '3.14').status).toBe(0)
    expect(contents(project)).toEqual(made('--python', '3.14'))
  })
})

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

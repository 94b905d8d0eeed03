import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { assert, describe, expect, it } from 'vitest'
import { stateOf } from '../../../tests/support/calls.ts'
import { contents } from '../../../tests/support/program.ts'
import { fresh, freshly, old, packed, scene, textWith } from '../../../tests/support/two-versions.ts'
import { buildVersion, keepPacked, makeProject, runProgram } from '../../../tests/support/versions.ts'
import { git, makeScene } from '../../../tests/support/world.ts'

// What an upgrade does, and what it says that it would do.

describe('upgrade', () => {
  it.each([[[]], [['--no-git']]])(
    'of a project that nobody has touched makes what the new version makes (%j)',
    (flags) => {
      const { project, run, state, at } = scene(...flags)
      const ran = run('upgrade')
      expect(ran).toMatchObject({ status: 0, stderr: '' })
      expect(contents(project)).toEqual(freshly(...flags))
      expect(existsSync(at('deep/down'))).toBe(false)
      expect(ran.stdout).toMatch(/upgraded from 0\.0\.1-old to 0\.0\.2\.\n/)
      expect(ran.stdout).toMatch(/ {2}updated {3}nix\/ \(2 files\)/)
      expect(ran.stdout.includes('git diff')).toBe(flags.length === 0)
      expect(state()).toEqual([])
      expect(run('upgrade')).toMatchObject({ status: 0, stdout: '✔ lab is up to date.\n' })
    },
  )

  it.each([[[]], [['--no-git']]])('keeps every edit and takes every new line (%j)', (flags) => {
    const { write, read, run, env } = scene(...flags)
    if (flags.length > 0) keepPacked(packed, old.name, env)
    write({ 'guide.md': textWith(20, 'old line\n').replace('line 3\n', 'my line\nline 3\n') })
    const ran = run('upgrade')
    expect(ran).toMatchObject({ status: 0 })
    expect(read('guide.md')).toBe(textWith(20, 'new line\n').replace('line 3\n', 'my line\nline 3\n'))
    expect(ran.stdout).toContain('  merged    guide.md')
    expect(ran.stdout).toContain(flags.length > 0 ? 'create-nix-jupyter 0.0.1-old' : "the project's git repository")
  })

  it('says what comes next where only a program changed that a server has loaded', () => {
    const [before, after] = ['one', 'two'].map((text, at) =>
      buildVersion(`0.0.3-${at}`, { 'access.py': `# ${text}\n` }),
    )
    assert(before && after)
    const { directory, env } = makeScene()
    const project = makeProject(before, [], directory, env)
    expect(runProgram(after.program, ['upgrade'], project, env).stdout).toMatch(
      /Next:\n {2}git diff\n {2}\.\/start --again\n$/,
    )
  })

  it('finds what git has in the index alone', () => {
    const { write, read, run, project } = scene()
    rmSync(path.join(project, '.git'), { recursive: true })
    git(project, 'init', '-q')
    git(project, 'add', '.')
    write({ 'guide.md': textWith(20, 'old line\n').replace('line 3\n', 'mine\n') })
    expect(run('upgrade').status).toBe(0)
    expect(read('guide.md')).toContain('mine\n')
  })

  it('writes both versions, with markers, where the same lines were changed, and goes on', () => {
    const { write, read, run, state } = scene()
    write({ 'guide.md': textWith(20, 'my line\n') })
    const ran = run('upgrade')
    expect(ran.status).toBe(3)
    expect(read('guide.md')).toContain(
      '<<<<<<< yours\nmy line\n||||||| made by 0.0.1-old\nold line\n=======\nnew line\n>>>>>>> new in 0.0.2\n',
    )
    expect(ran.stdout).toContain('Then: npx create-nix-jupyter@0.0.2 upgrade --continue')
    expect(ran.stdout).toContain('npx create-nix-jupyter@0.0.2 upgrade --abort')
    for (const command of [['upgrade'], ['upgrade', '--dry-run'], ['set', '--python', '3.14'], ['add', 'x']]) {
      const refused = run(...command)
      expect(refused).toMatchObject({ status: 3, stdout: '' })
      expect(refused.stderr).toContain('Resolve the conflicts in: guide.md')
    }
    expect(run('upgrade', '--continue')).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('Conflict markers (<<<<<<<) are left in: guide.md'),
    })
    write({ 'guide.md': textWith(20, 'my line and the new line\n') })
    expect(run('upgrade', '--continue')).toMatchObject({ status: 0, stdout: 'The change is finished.\n' })
    expect(state()).toEqual([])
    expect(run('upgrade').stdout).toBe('✔ lab is up to date.\n')
    expect(read('guide.md')).toBe(textWith(20, 'my line and the new line\n'))
  })

  it.each([[[]], [['--no-git']]])('--abort gives back every byte, mode and line of the index (%j)', (flags) => {
    const { write, project, run, env, state, at } = scene(...flags)
    keepPacked(packed, old.name, env)
    write({ 'guide.md': textWith(20, 'my line\n'), 'server.py': null, mine: 'mine\n' })
    chmodSync(at('flake.nix'), 0o600)
    const modes = () => Object.keys(contents(project)).map((file) => [file, statSync(path.join(project, file)).mode])
    const before = [contents(project), modes(), flags.length > 0 || git(project, 'status', '--porcelain')]
    expect(run('upgrade').status).toBe(3)
    expect(contents(project)).not.toEqual(before[0])
    write({ 'guide.md': 'half resolved\n' })
    const aborted = run('upgrade', '--abort')
    expect(aborted.status).toBe(0)
    expect([contents(project), modes(), flags.length > 0 || git(project, 'status', '--porcelain')]).toEqual(before)
    const kept = /What you wrote since is in (.*)\n/.exec(aborted.stdout)?.[1] ?? ''
    expect(readFileSync(path.join(kept, 'guide.md'), 'utf8')).toBe('half resolved\n')
    expect(state()).toEqual([path.basename(kept)])
    const [unfinished, how] = [/is unfinished/, /git restore FILE/].map((words) => expect.stringMatching(words))
    expect(run('upgrade', '--abort')).toMatchObject({ status: 2, stderr: unfinished })
    expect(run('upgrade', '--abort')).toMatchObject({ status: 2, stderr: how })
    expect(run('upgrade', '--continue').status).toBe(2)
  })

  it('tells git of new files, so that Nix sees them, and of nothing else', () => {
    const { project, run } = scene()
    expect(run('upgrade').status).toBe(0)
    expect(git(project, 'diff', '--cached', '--name-only')).toBe('come.txt\ndeep/er/come.txt\nnix/more.nix')
    expect(git(project, 'ls-files').split('\n')).toContain('come.txt')
    expect(git(project, 'log', '--oneline').split('\n')).toHaveLength(1)
  })

  it('compares a project in a larger repository with what that has, and touches nothing else of it', () => {
    const { directory, env } = makeScene()
    const offline = { ...env, CREATE_NIX_JUPYTER_OFFLINE: '1' }
    git(directory, 'init', '-q')
    writeFileSync(path.join(directory, 'other.txt'), 'other\n')
    runProgram(old.program, ['deep/lab', '--yes', '--with', 'none'], directory, offline)
    git(directory, 'add', '.')
    git(directory, '-c', 'user.name=A', '-c', 'user.email=a@b', 'commit', '-qm', 'all')
    const guide = path.join(directory, 'deep/lab/guide.md')
    writeFileSync(guide, `${readFileSync(guide, 'utf8')}more\nlines\nof mine\n`)
    const ran = runProgram(fresh.program, ['upgrade', 'deep/lab'], directory, offline)
    expect(ran.stdout).toContain("the project's git repository")
    expect(readFileSync(guide, 'utf8')).toContain('of mine\n')
    expect(git(directory, 'status', '--porcelain', '--', 'other.txt')).toBe('')
    expect(git(directory, 'ls-files', 'deep/lab/deep/er')).toBe('deep/lab/deep/er/come.txt')
  })

  it('says that there are uncommitted changes, and works', () => {
    const { write, run } = scene()
    write({ 'README.md': 'all mine\n' })
    const ran = run('upgrade', '--dry-run')
    expect(ran.stderr).toContain('Changes that were not committed stay')
  })
})

describe('--check, --dry-run and --json', () => {
  it('write nothing, and say what there is to do', () => {
    const { project, run, json, write, state } = scene()
    write({ 'guide.md': textWith(20, 'my line\n') })
    const before = stateOf(project)
    expect(run('upgrade', '--check')).toMatchObject({ status: 5, stderr: expect.stringContaining('not committed') })
    const dry = run('upgrade', '--dry-run')
    expect(dry.status).toBe(0)
    expect(dry.stdout).toMatch(/\nNothing was written\.\n\nNext:\n {2}npx create-nix-jupyter@0\.0\.2 upgrade\n$/)
    expect(run('upgrade', '--check').stdout).toMatch(/\nNext:\n {2}npx create-nix-jupyter@0\.0\.2 upgrade\n$/)
    expect(dry.stdout).toContain('would be upgraded from 0.0.1-old to 0.0.2, 1 file with conflicts.')
    expect(dry.stdout).toMatch(/\ncome\.txt\n[\s\S]*\+only in the new version\n/)
    expect(dry.stdout).toMatch(/\ngone\.txt\n-only in the old version\n/)
    const told = json('upgrade', '--dry-run')
    expect(told).toMatchObject({ ok: true, dryRun: true, upToDate: false, conflicts: ['guide.md'] })
    expect(told).toMatchObject({ version: { from: '0.0.1-old', to: '0.0.2' }, bases: ["the project's git repository"] })
    expect(told.files).toContainEqual({ path: 'gone.txt', action: 'removed' })
    expect(stateOf(project)).toEqual(before)
    expect(state()).toEqual([])
    expect(json('upgrade')).toMatchObject({ ok: false, conflicts: ['guide.md'] })
    expect(json('upgrade', '--abort')).toMatchObject({ ok: true, kept: null })
    write({ 'guide.md': null })
    run('upgrade')
    expect(run('upgrade', '--check')).toMatchObject({ status: 0 })
    expect(json('upgrade', '--check')).toMatchObject({ ok: true, upToDate: true, files: [] })
  })
})

import { cpSync, existsSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { contents } from '../../../tests/support/program.ts'
import { fresh, scene, textWith } from '../../../tests/support/two-versions.ts'
import { runProgram } from '../../../tests/support/versions.ts'
import { git } from '../../../tests/support/world.ts'

// A change that is not finished.

describe('a change that is not finished belongs to its project', () => {
  function conflicting() {
    const made = scene()
    made.write({ 'guide.md': textWith(20, 'my own line\n') })
    const before = contents(made.project)
    cpSync(made.project, `${made.project}-copy`, { recursive: true, preserveTimestamps: true })
    expect(made.run('upgrade')).toMatchObject({ status: 3 })
    const moved = `${made.project}-moved`
    renameSync(made.project, moved)
    return { ...made, moved, before, inMoved: (...args: string[]) => runProgram(fresh.program, args, moved, made.env) }
  }

  it('and goes with it where it is moved', () => {
    const { inMoved, moved, before, state } = conflicting()
    const refused = inMoved('upgrade')
    expect(refused).toMatchObject({ status: 3, stderr: expect.stringContaining('not finished') })
    expect(inMoved('upgrade', '--abort')).toMatchObject({ status: 0 })
    expect(contents(moved)).toEqual(before)
    expect(state()).toEqual([])
  })

  it('and is nothing to another project that comes to its place', () => {
    const { inMoved, moved, before, project, run, read } = conflicting()
    renameSync(`${project}-copy`, project)
    expect(run('upgrade', '--abort')).toMatchObject({ status: 2 })
    expect(contents(project)).toEqual(before)
    expect(run('upgrade')).toMatchObject({ status: 3, stdout: expect.stringContaining('guide.md') })
    expect(read('guide.md')).toContain('<<<<<<< yours')
    expect(inMoved('upgrade', '--abort')).toMatchObject({ status: 0 })
    expect(contents(moved)).toEqual(before)
  })

  it('and a copy of its files is refused until the conflicts in it are resolved', () => {
    const { moved, env, inMoved } = conflicting()
    const copy = `${moved}-too`
    cpSync(moved, copy, { recursive: true })
    const inCopy = (...args: string[]) => runProgram(fresh.program, args, copy, env)
    const marked = contents(copy)
    for (const args of [['upgrade'], ['upgrade', '--check'], ['set', '--python', '3.14']]) {
      const ran = inCopy(...args)
      expect(ran).toMatchObject({ status: 3, stdout: '' })
      expect(ran.stderr).toContain('Conflict markers (<<<<<<<) of an unfinished change are left in: guide.md')
    }
    expect(contents(copy)).toEqual(marked)
    writeFileSync(path.join(copy, 'guide.md'), textWith(20, 'both\n'))
    expect(inCopy('upgrade')).toMatchObject({ status: 0, stdout: expect.stringContaining('is up to date') })
    expect(inMoved('upgrade', '--abort').status).toBe(0)
  })

  it('and doctor names it, with the command that goes on', () => {
    const { run, project, write, env, directory } = scene()
    write({ 'guide.md': textWith(20, 'my own line\n') })
    const doctor = (cwd: string) => JSON.parse(runProgram(fresh.program, ['doctor', '--json'], cwd, env).stdout)
    const named = ({ findings }: { findings: { name: string }[] }) =>
      findings.filter(({ name }) => name === 'change-unfinished')
    expect(named(doctor(project))).toEqual([])
    run('upgrade')
    const expected = {
      name: 'change-unfinished',
      ok: false,
      message: `The last change of ${project} is not finished: conflicts in guide.md.`,
      fix: 'npx create-nix-jupyter@0.0.2 upgrade --continue',
    }
    expect(named(doctor(project))).toEqual([expected])
    expect(named(doctor(path.join(project, 'notebooks')))).toEqual([
      { ...expected, fix: 'npx create-nix-jupyter@0.0.2 upgrade .. --continue' },
    ])
    expect(named(doctor(directory))).toEqual([])
    write({ 'guide.md': 'both\n' })
    expect(run('upgrade', '--continue').status).toBe(0)
    expect(named(doctor(project))).toEqual([])
  })

  it('and is no longer where git has taken all of it back: nothing is called finished, and the next change begins', () => {
    const { run, read, write, project, env } = scene()
    write({ 'guide.md': textWith(20, 'my own line\n') })
    git(project, '-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-qam', 'mine')
    expect(run('upgrade').status).toBe(3)
    git(project, 'reset', '-q', '--hard')
    git(project, 'clean', '-qfd')
    expect(runProgram(fresh.program, ['doctor'], project, env).stdout).not.toContain('is not finished')
    expect(run('upgrade', '--continue')).toMatchObject({ status: 2, stdout: '' })
    expect(run('upgrade').stdout).toContain('conflict  guide.md')
    // One file that is not as it was, and there is something to finish.
    git(project, 'checkout', '-q', 'HEAD', '--', 'guide.md')
    expect(run('add', 'clean-git').stderr).toContain('is not finished. Resolve the conflicts in: guide.md')
    expect(run('upgrade', '--continue').stdout).toBe('The change is finished.\n')
    expect(read('come.txt')).toContain('new version')
  })

  it.each([
    ['add', 'dask', '--continue'],
    ['remove', 'clean-git', '--abort'],
    ['set', '--python', '3.14', '--continue'],
    ['upgrade', '--abort', '--continue'],
  ])('and what goes on with it begins no other one: %s %s %s', (...args) => {
    const { run, state } = scene()
    const ran = run(...args.filter((arg) => arg !== undefined))
    expect(ran).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('is about the change that is not finished'),
    })
    expect(state()).toEqual([])
  })

  it('and new files are stashed by git like any others', () => {
    const { run, project, at } = scene()
    expect(run('upgrade')).toMatchObject({ status: 0 })
    git(project, 'stash')
    expect(existsSync(at('come.txt'))).toBe(false)
    git(project, 'stash', 'pop')
    expect(existsSync(at('come.txt'))).toBe(true)
  })
})

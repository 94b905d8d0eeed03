import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { contents } from '../../../tests/support/program.ts'
import { buildVersion, makeProject, runProgram, type Version } from '../../../tests/support/versions.ts'
import { git, makeScene } from '../../../tests/support/world.ts'

// Features of the test's own: one that adds everything, one that needs it, and one that excludes it.

const feature = (manifest: object, files: Record<string, string> = {}) => ({
  'feature.json': JSON.stringify({ title: 'Title', hint: 'hint', ...manifest }),
  ...files,
})

const FEATURES = {
  rich: feature(
    {
      id: 'rich',
      order: 1,
      python: ['cowsay', 'numpy'],
      tools: ['git-lfs'],
      services: { model: { command: 'serve' } },
      attributes: ['*.rich binary'],
      settings: { 'jupyter/jupyter_lab_config.json': { LabApp: { news: false } } },
    },
    { 'README.md': '## Riches\n\nAll of them.\n', 'files/rich/deep/one.txt': 'one\n' },
  ),
  leaning: feature({ id: 'leaning', order: 2, needs: ['rich'] }),
  picky: feature({ id: 'picky', order: 3, excludes: ['rich'] }),
}

let version: Version
beforeAll(() => {
  version = buildVersion('0.0.2', {}, FEATURES)
})

function scene(...flags: string[]) {
  const { folder, env: own } = makeScene()
  const env: Record<string, string> = { ...own, CREATE_NIX_JUPYTER_OFFLINE: '1' }
  const project = makeProject(version, flags, folder, env)
  const at = (file: string) => path.join(project, file)
  return {
    project,
    at,
    read: (file: string) => readFileSync(at(file), 'utf8'),
    run: (...args: string[]) => runProgram(version.program, args, project, env),
  }
}

describe('add and remove', () => {
  it.each([[[]], [['--no-git']]])('make what --with makes, and back is byte for byte what it was (%j)', (flags) => {
    const { project, run, at } = scene(...flags)
    const before = contents(project)
    expect(run('add', 'rich')).toMatchObject({ status: 0 })
    expect(contents(project)).toEqual(contents(scene(...flags, '--with', 'rich').project))
    if (flags.length === 0) expect(git(project, 'ls-files', 'rich')).toBe('rich/deep/one.txt')
    expect(run('add', 'rich').stdout).toContain('is up to date')
    expect(run('remove', 'rich')).toMatchObject({ status: 0 })
    expect(contents(project)).toEqual(before)
    expect(existsSync(at('rich'))).toBe(false)
    if (flags.length === 0) expect(git(project, 'status', '--porcelain')).toBe('')
  })

  it('leave every edit where it is', () => {
    const { project, run, at, read } = scene()
    writeFileSync(at('flake.nix'), read('flake.nix').replace('description = "lab"', 'description = "mine"'))
    writeFileSync(at('README.md'), `# My own title\n\n${read('README.md')}`)
    appendFileSync(at('README.md'), 'My last words.\n')
    appendFileSync(at('.gitignore'), 'data/\n')
    const before = contents(project)
    const added = run('add', 'rich')
    expect(added.status, added.stdout).toBe(0)
    expect(read('flake.nix')).toContain('description = "mine"')
    expect(read('README.md')).toMatch(/^# My own title\n[\s\S]*## Riches[\s\S]*My last words\.\n$/)
    const removed = run('remove', 'rich')
    expect(removed.status, removed.stdout).toBe(0)
    expect(contents(project)).toEqual(before)
  })

  it('keep what the user has written into a file of a feature', () => {
    const { run, at, read } = scene()
    run('add', 'rich')
    appendFileSync(at('rich/deep/one.txt'), 'mine\n')
    expect(run('remove', 'rich').stdout).toContain('kept      rich/deep/one.txt: you changed it')
    expect(read('rich/deep/one.txt')).toBe('one\nmine\n')
  })

  it.each([
    [['add', 'leaning'], 'leaning needs rich.', 'Next: npx create-nix-jupyter add rich leaning'],
    [['add', 'rich', 'picky'], 'picky and rich cannot be in one project.', 'Next: npx create-nix-jupyter remove rich'],
    [['add', 'ritch'], 'Unknown feature "ritch".', 'Did you mean "rich"?'],
    [['add'], 'Which feature?', 'Available: npx create-nix-jupyter list'],
    [['remove', 'rich'], 'The project does not have the feature "rich".', 'It has none.'],
    [['add', 'rich', '--python', '3.14'], 'add takes no --python.', ''],
  ])('%j is refused with exit code 2', (args, message, next) => {
    const { run, project } = scene()
    const before = contents(project)
    const ran = run(...args)
    expect(ran).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(message) })
    expect(ran.stderr).toContain(next)
    expect(contents(project)).toEqual(before)
  })

  it('do not take out what another one needs', () => {
    const { run } = scene('--with', 'rich,leaning')
    const ran = run('remove', 'rich')
    expect(ran).toMatchObject({ status: 2, stderr: expect.stringContaining('leaning needs rich.') })
    expect(ran.stderr).toContain('Next: npx create-nix-jupyter remove rich leaning')
    expect(run('remove', 'rich,leaning').status).toBe(0)
  })
})

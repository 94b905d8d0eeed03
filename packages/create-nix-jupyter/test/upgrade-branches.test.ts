import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { projectInGit } from '../../../tests/support/branches.ts'
import { OWN_FEATURES } from '../../../tests/support/own-features.ts'
import { contents } from '../../../tests/support/program.ts'
import { buildVersion, makeProject, runProgram, type Version } from '../../../tests/support/versions.ts'
import { makeScene } from '../../../tests/support/world.ts'

let version: Version
beforeAll(() => {
  version = buildVersion('0.0.2', {}, OWN_FEATURES)
})

const scene = (...flags: string[]) => projectInGit(version, ...flags)

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

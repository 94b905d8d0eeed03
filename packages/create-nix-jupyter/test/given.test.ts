import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { entries, expectWhole, run } from '../../../tests/support/program.ts'
import { makeScene } from '../../../tests/support/world.ts'

const answersOf = (project: string) => JSON.parse(readFileSync(path.join(project, '.nix-jupyter.json'), 'utf8')).answers

describe('the environment', () => {
  it('answers like the flags', async () => {
    const { directory, env } = makeScene()
    const variables = {
      DIRECTORY: 'lab',
      TEMPLATE: 'minimal',
      PYTHON: '3.12',
      PACKAGES: 'numpy,cowsay',
      WITH: 'none',
      GIT: 'off',
    }
    const named = Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [`CREATE_NIX_JUPYTER_${name}`, value]),
    )
    expect(await run([], directory, { ...env, ...named })).toMatchObject({ code: 0 })
    const packages = ['cowsay', 'numpy']
    expect(answersOf(path.join(directory, 'lab'))).toEqual({
      name: 'lab',
      python: '3.12',
      packages,
      features: [],
      git: false,
    })
  })

  it('gives way to the flags, and an empty variable is none', async () => {
    const { directory, env } = makeScene()
    const set = { CREATE_NIX_JUPYTER_PYTHON: '3.12', CREATE_NIX_JUPYTER_TEMPLATE: '', CREATE_NIX_JUPYTER_YES: '1' }
    await run(['lab', '--python', '3.14', '--git'], directory, { ...env, ...set })
    expect(answersOf(path.join(directory, 'lab')).python).toBe('3.14')
  })

  it('is checked like the flags', async () => {
    const { directory, env } = makeScene()
    const ran = await run(['lab', '--yes'], directory, { ...env, CREATE_NIX_JUPYTER_GIT: 'maybe' })
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('CREATE_NIX_JUPYTER_GIT=maybe') })
    expect(entries(directory)).toEqual([])
  })
})

// What npm 11 really hands over, seen with `npm create` on a registry of one's own.
describe('flags that npm consumed', () => {
  const npm = (kept: Record<string, string>, command = 'init') => ({
    npm_command: command,
    ...Object.fromEntries(Object.entries(kept).map(([name, value]) => [`npm_config_${name}`, value])),
  })

  it.each([
    ['--template minimal --no-git -y', ['lab', 'minimal'], { template: 'true', git: 'false', yes: 'true' }],
    ['--template minimal lab', ['minimal', 'lab'], { template: 'true', yes: '' }],
    ['--template=minimal --python=3.13', ['lab'], { template: 'minimal', python: '3.13' }],
    ['-t minimal --python 3.13', ['lab', 'minimal', '3.13'], { t: 'true', python: 'true' }],
  ])('%s', async (_, words, kept) => {
    const { directory, env } = makeScene()
    const ran = await run(words, directory, { ...env, ...npm(kept) })
    expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining('because `--` was missing') })
    expect(answersOf(path.join(directory, 'lab')).python).toBe('3.13')
    await expectWhole(path.join(directory, 'lab'))
  })

  it('--dry-run is kept to: nothing is written', async () => {
    const { directory, env } = makeScene()
    const ran = await run(['lab', 'minimal'], directory, { ...env, ...npm({ template: 'true', dry_run: 'true' }) })
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing was written') })
    expect(entries(directory)).toEqual([])
  })

  it('a wrong value is refused as always', async () => {
    const { directory, env } = makeScene()
    const ran = await run(['lab'], directory, { ...env, ...npm({ template: 'minimla' }) })
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean "minimal"?') })
  })

  it('where a value cannot be told from the directory, the right way to write it is shown', async () => {
    const { directory, env } = makeScene()
    const ran = await run(['one', 'two'], directory, { ...env, ...npm({ template: 'true' }) })
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('-- --template minimal') })
    expect(entries(directory)).toEqual([])
  })

  it('F5: an error is JSON where npm kept --json', async () => {
    const { directory, env } = makeScene()
    const ran = await run(['lab'], directory, { ...env, ...npm({ json: 'true' }) })
    expect(JSON.parse(ran.stdout)).toMatchObject({ ok: false, error: { exitCode: 2 } })
    expect(ran).toMatchObject({ code: 2, stderr: '' })
  })

  it.each([
    ['project', (directory: string) => ({ file: path.join(directory, '.npmrc'), npm_config_local_prefix: directory })],
    [
      'user',
      (directory: string) => ({ file: path.join(directory, 'rc'), npm_config_userconfig: path.join(directory, 'rc') }),
    ],
    [
      'system',
      (directory: string) => ({ file: path.join(directory, 'g'), npm_config_globalconfig: path.join(directory, 'g') }),
    ],
  ])('I11, I14: what an .npmrc says (of the %s) is not ours, and needs no warning', async (_, place) => {
    const { directory, env } = makeScene()
    const { file, ...variables } = place(directory)
    writeFileSync(file, '; for node-gyp\npython=2.7\ntemplate = julia\ntrust=true\nyes=true\ndry_run=true\n')
    const kept = npm({ python: '2.7', template: 'julia', trust: 'true', yes: 'true', dry_run: 'true' })
    const ran = await run(['lab', '--template', 'minimal'], directory, { ...env, ...kept, ...variables })
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(answersOf(path.join(directory, 'lab')).python).toBe('3.13')
  })

  it('I14: trust is never read from it', async () => {
    const { directory, env } = makeScene()
    mkdirSync(path.join(directory, 'mine'))
    writeFileSync(path.join(directory, 'mine/flake.nix'), '{ nixConfig.x = 1; }\n')
    const words = ['lab', '-y', '--template', './mine']
    expect(await run(words, directory, { ...env, ...npm({ trust: 'true' }) })).toMatchObject({ code: 2 })
  })

  it("npx -y and npm's own settings are not ours", async () => {
    const { directory, env } = makeScene()
    const own = { yes: 'true', git: '/usr/bin/git', python: '/usr/bin/python3', nodedir: '/usr' }
    const ran = await run(['lab'], directory, { ...env, ...npm(own, 'exec') })
    expect(ran).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Missing required options (no terminal to ask): --template'),
    })
    expect(ran.stderr).not.toContain('npm consumed')
    // Nothing of it is on PATH after npx.
    expect(ran.stderr).toContain(
      'Next: npx create-nix-jupyter lab --yes\n  All options: npx create-nix-jupyter --help\n',
    )
  })
})

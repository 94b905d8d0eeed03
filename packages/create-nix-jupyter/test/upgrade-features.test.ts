import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { OWN_FEATURES } from '../../../tests/support/own-features.ts'
import { contents, entry } from '../../../tests/support/program.ts'
import { buildVersion, makeProject, runProgram, type Version } from '../../../tests/support/versions.ts'
import { git, makeScene } from '../../../tests/support/world.ts'

// Features are put in and taken out, without and with edits.

const SERVER = '      services.server.command = "python server.py";\n'

let version: Version
beforeAll(() => {
  version = buildVersion('0.0.2', {}, OWN_FEATURES)
})

function scene(...flags: string[]) {
  const { directory, env: own } = makeScene()
  const env: Record<string, string> = { ...own, CREATE_NIX_JUPYTER_OFFLINE: '1' }
  const project = makeProject(version, flags, directory, env)
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

  it.each([
    ['.gitattributes', '', '*.bin filter=lfs diff=lfs merge=lfs -text\n'],
    ['.gitattributes', '', '*.rich -diff\n\n# Mine.\n*.bin binary'],
    ['flake.nix', SERVER, `${SERVER}      services.board.command = "python board.py";\n`],
    ['flake.nix', SERVER, SERVER.replace('server.py', 'server.py --debug')],
    ['flake.nix', SERVER, `${SERVER}\n      # For one wheel.\n      libraries = [ pkgs.fontconfig ];\n`],
    ['flake.nix', SERVER, ''],
  ])('leave what the user has beside it in %s (%j becomes %j)', (file, was, mine) => {
    for (const isAddedFirst of [false, true]) {
      const { project, run, at, read } = scene()
      const made = read(file)
      const edit = () =>
        was === '' ? appendFileSync(at(file), mine) : writeFileSync(at(file), read(file).replace(was, mine))
      edit()
      const before = contents(project)
      if (isAddedFirst) writeFileSync(at(file), made)
      const added = run('add', 'rich')
      if (isAddedFirst) edit()
      expect(added.status, added.stdout).toBe(0)
      for (const line of [...mine.split('\n'), file === 'flake.nix' ? 'services.model.' : '*.rich binary\n'])
        expect(read(file)).toContain(line)
      const removed = run('remove', 'rich')
      expect(removed.status, removed.stdout).toBe(0)
      expect(contents(project)).toEqual(before)
    }
  })

  it('find a conflict where a setting is new on both sides, or has more than a line', () => {
    for (const mine of [
      'services.model.command = "mine";',
      'services.board = {\n        command = "mine";\n      };',
    ]) {
      const { run, at, read } = scene()
      writeFileSync(at('flake.nix'), read('flake.nix').replace(SERVER, `${SERVER}      ${mine}\n`))
      expect(run('add', 'rich')).toMatchObject({ status: 3, stdout: expect.stringMatching(/conflict +flake\.nix/) })
    }
  })

  it.each([[[]], [['--no-git']]])('keep out of git what a .gitignore of the feature has kept out (%j)', (flags) => {
    const { project, run, at } = scene(...flags, '--with', 'secretive')
    mkdirSync(at('secret/deep'))
    for (const file of ['secret/deep/key', 'secret/other.txt']) writeFileSync(at(file), 'mine\n')
    const removed = run('remove', 'secretive')
    expect(removed).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('kept      secret/.gitignore: git ignores'),
    })
    expect(existsSync(at('secret/values.txt'))).toBe(false)
    if (flags.length === 0) {
      git(project, 'add', '--all')
      expect(git(project, 'ls-files', 'secret')).toBe('secret/.gitignore')
    }
    expect(run('add', 'secretive')).toMatchObject({ status: 0 })
    rmSync(at('secret/deep'), { recursive: true })
    rmSync(at('secret/other.txt'))
    expect(run('remove', 'secretive')).toMatchObject({ status: 0 })
    expect(existsSync(at('secret'))).toBe(false)
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

  it('never takes "none", which is for --with, for a name that was meant', () => {
    const { stderr } = scene().run('add', 'nope')
    expect(stderr).toContain('Unknown feature "nope".')
    expect(stderr).not.toContain('none')
  })

  it('say which name was meant', () => {
    const ran = scene('--with', 'rich').run('remove', 'rihc')
    expect(ran.status).toBe(2)
    expect(ran.stderr).toContain(
      'The project does not have the feature "rihc".\n  Did you mean "rich"?\n  It has: rich\n',
    )
  })

  it.each([
    ['deleted', null, 'does not exist any more', 'Next: git checkout HEAD -- flake.nix'],
    ['not text', Buffer.from([0xff, 0xfe, 0x41]), 'is not text in UTF-8', 'save flake.nix as UTF-8'],
  ])('record nothing that goes into no file: flake.nix is %s', (_, content, message, next) => {
    const { run, at, project } = scene()
    if (content) writeFileSync(at('flake.nix'), content)
    else rmSync(at('flake.nix'))
    const before = contents(project)
    for (const args of [
      ['add', 'rich'],
      ['set', '--packages', 'polars'],
      ['add', 'rich', '--dry-run'],
    ]) {
      const ran = run(...args)
      expect(ran).toMatchObject({ status: 3, stdout: '', stderr: expect.stringContaining(`flake.nix ${message}`) })
      expect(ran.stderr).toContain(next)
      expect(contents(project)).toEqual(before)
    }
    git(project, 'checkout', 'HEAD', '--', 'flake.nix')
    expect(run('add', 'rich').status).toBe(0)
    if (!content) rmSync(at('flake.nix'))
    else writeFileSync(at('flake.nix'), content)
    // Out of what is gone, all has been taken; out of what cannot be read, nothing can be.
    expect(run('remove', 'rich').status).toBe(content ? 3 : 0)
  })

  it('go on without a README, which nothing depends on', () => {
    const { run, at } = scene()
    rmSync(at('README.md'))
    expect(run('add', 'rich')).toMatchObject({ status: 0, stdout: expect.stringContaining('deleted   README.md') })
  })

  it('name the record where it names a feature that there is not, with a command that works', () => {
    const { run, at, read } = scene('--with', 'rich')
    writeFileSync(
      at('.nix-jupyter.json'),
      read('.nix-jupyter.json').replace('      "rich"', '      "nosuch",\n      "rich"'),
    )
    for (const args of [['upgrade'], ['add', 'other'], ['set', '--packages', 'polars']]) {
      const ran = run(...args)
      expect(ran.status).toBe(2)
      expect(ran.stderr).toContain('.nix-jupyter.json names the feature "nosuch", which this version does not have.')
      expect(ran.stderr).toContain('Next: npx create-nix-jupyter remove nosuch\n')
    }
    expect(run('remove', 'nosuch').status).toBe(0)
    expect(run('upgrade').stdout).toContain('is up to date')
  })

  it('do not take out what another one needs', () => {
    const { run } = scene('--with', 'rich,leaning')
    const ran = run('remove', 'rich')
    expect(ran).toMatchObject({ status: 2, stderr: expect.stringContaining('leaning needs rich.') })
    expect(ran.stderr).toContain('Next: npx create-nix-jupyter remove rich leaning')
    expect(run('remove', 'rich,leaning').status).toBe(0)
  })
})

// What `lab add` writes, and who types a name into a list, stands where a feature writes its own.
describe('packages that the user has added in the same place', () => {
  const project = (template: string, file: string, before: string, added: string) => {
    const { directory, env } = makeScene()
    const run = (cwd: string, ...args: string[]) => runProgram(entry(), args, cwd, env)
    expect(run(directory, 'lab', '--template', template, '--yes').status).toBe(0)
    const lab = path.join(directory, 'lab')
    const at = path.join(lab, file)
    const made = readFileSync(at, 'utf8')
    expect(made).toContain(before)
    writeFileSync(at, made.replace(before, added))
    return { lab, run: (...args: string[]) => run(lab, ...args), read: () => readFileSync(at, 'utf8') }
  }

  it.each([
    ['minimal', 'flake.nix', 'with ps; [ ]', 'with ps; [ polars ]', ' polars\n          bokeh\n'],
    [
      'minimal',
      'flake.nix',
      '[ pkgs.git ];',
      '[ pkgs.git pkgs.jq ];',
      ' pkgs.jq\n        pkgs.pandoc\n        pkgs.typst\n',
    ],
    ['datasci', 'flake.nix', 'polars\n', 'scipy\n          polars\n', ' scipy\n          polars\n'],
    [
      'uv',
      'pyproject.toml',
      '\n]\n\n[tool.uv]',
      '\n    "polars>=1",\n]\n\n[tool.uv]',
      '    "polars>=1",\n    "bokeh",\n',
    ],
    ['fasthtml', 'requirements.in', '\nfastlite\n', '\nfastlite\npolars>=1\n', '\npolars>=1\nbokeh\n'],
  ])('stay: %s, %s', (template, file, before, added, both) => {
    const { lab, run, read } = project(template, file, before, added)
    const edited = contents(lab)
    const ran = run('add', 'dask', 'report')
    expect(ran.status, ran.stdout + ran.stderr).toBe(0)
    expect(read()).toContain(both)
    const removed = run('remove', 'dask', 'report')
    expect(removed.status, removed.stdout).toBe(0)
    expect(contents(lab)).toEqual(edited)
  })

  it('are a conflict where a feature brings the same one: who takes it out would take the user’s', () => {
    const { run } = project('minimal', 'flake.nix', 'with ps; [ ]', 'with ps; [ dask ]')
    expect(run('add', 'dask')).toMatchObject({ status: 3, stdout: expect.stringContaining('conflict  flake.nix') })
  })
})

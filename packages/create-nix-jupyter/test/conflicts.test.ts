import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { contents, entries, expectWhole, open, run } from '../../../tests/support/program.ts'
import { KEYS } from '../../../tests/support/terminal.ts'
import { git, makeScene, preload } from '../../../tests/support/world.ts'

/** What a fresh clone holds, and two files with names of the project. */
const MINE = {
  'README.md': '# Mine\n',
  LICENSE: 'my licence\n',
  '.gitignore': '*.mine\n',
  'flake.nix': '{ mine = true; }\n',
  'notebooks/start.ipynb': 'my notebook\n',
  'notebooks/other.ipynb': 'another\n',
  'data.csv': '1,2\n',
}

function fill(folder: string): void {
  for (const [file, content] of Object.entries(MINE)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    writeFileSync(path.join(folder, file), content)
  }
}

const read = (folder: string, file: string) => readFileSync(path.join(folder, file), 'utf8')

describe('a folder with files', () => {
  it('error, the default: exit 3, with the ways out', async () => {
    const { folder, env } = makeScene()
    fill(path.join(folder, 'lab'))
    const before = contents(folder)
    const ran = await run(['lab', '--yes'], folder, env)
    expect(ran.code).toBe(3)
    for (const word of ['keep', 'backup', 'makes lab-2']) expect(ran.stderr).toContain(word)
    expect(contents(folder)).toEqual(before)
  })

  it.each([
    ['an empty folder', 'README.md', []],
    ['a folder whose files are kept', '.nix-jupyter.json', ['--on-conflict', 'keep']],
  ])('I2: %s that gets %s while somebody answers: exit 3', async (_, file, flags) => {
    const { folder, env } = makeScene()
    const lab = path.join(folder, 'lab')
    mkdirSync(lab)
    if (flags.length > 0) writeFileSync(path.join(lab, 'mine.txt'), 'mine\n')
    const session = open(
      ['lab', '--template', 'minimal', '--python', '3.13', '--packages', 'numpy', '--with', 'none', ...flags],
      folder,
      env,
    )
    await session.see('Initialize a git repository')
    writeFileSync(path.join(lab, file), '{}\n')
    const before = contents(lab)
    session.type(KEYS.enter)
    expect(await session.exited).toBe(3)
    await session.see(`Something else created lab/${file} in the meantime`)
    expect(contents(lab)).toEqual(before)
  })

  it('keep: every byte of theirs stays, the rest is added', async () => {
    const { folder, env } = makeScene()
    fill(folder)
    const ran = await run(['.', '--yes', '--on-conflict', 'keep'], folder, env)
    expect(ran).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Your files, kept: .gitignore, README.md, flake.nix'),
    })
    expect(contents(folder)).toMatchObject(MINE)
    expect(existsSync(path.join(folder, 'start'))).toBe(true)
    expect(git(folder, 'ls-files').split('\n')).toEqual(expect.arrayContaining(['flake.nix', 'start', 'README.md']))
  })

  it('backup: theirs are renamed, but README, LICENSE and .gitignore stay', async () => {
    const { folder, env } = makeScene()
    fill(folder)
    writeFileSync(path.join(folder, 'flake.nix.backup'), 'an older backup\n')
    const ran = await run(['.', '--yes', '--on-conflict', 'backup'], folder, env)
    expect(ran.code).toBe(0)
    expect(read(folder, 'flake.nix')).toContain('import ./nix')
    expect(read(folder, 'flake.nix.backup')).toBe('an older backup\n')
    expect(read(folder, 'flake.nix.backup-2')).toBe(MINE['flake.nix'])
    expect(read(folder, 'notebooks/start.ipynb.backup')).toBe(MINE['notebooks/start.ipynb'])
    for (const file of ['README.md', 'LICENSE', '.gitignore', 'data.csv', 'notebooks/other.ipynb'] as const) {
      expect(read(folder, file)).toBe(MINE[file])
    }
  })

  it('increment: another folder beside it', async () => {
    const { folder, env } = makeScene()
    fill(path.join(folder, 'lab'))
    mkdirSync(path.join(folder, 'lab-2'))
    const before = contents(path.join(folder, 'lab'))
    const ran = await run(['lab', '--yes', '--on-conflict', 'increment'], folder, env)
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('cd lab-3') })
    expect(contents(path.join(folder, 'lab'))).toEqual(before)
    await expectWhole(path.join(folder, 'lab-3'))
  })

  it('a fresh clone: .git is not touched, what is committed stays committed', async () => {
    const { folder, env } = makeScene()
    for (const file of ['README.md', 'LICENSE', '.gitignore'] as const)
      writeFileSync(path.join(folder, file), MINE[file])
    git(folder, 'init', '-q', '--initial-branch=main')
    git(folder, 'add', '.')
    git(folder, '-c', 'user.name=A', '-c', 'user.email=a@b', 'commit', '-qm', 'first')
    const head = git(folder, 'rev-parse', 'HEAD')
    await run(['.', '--yes', '--on-conflict', 'keep'], folder, env)
    expect(git(folder, 'rev-parse', 'HEAD')).toBe(head)
    expect(git(folder, 'diff', '--cached', '--name-only', '--diff-filter=MD')).toBe('')
    expect(git(folder, 'diff', '--name-only')).toBe('')
  })

  it.each([
    ['a folder where a file should be', (folder: string) => mkdirSync(path.join(folder, 'flake.nix'))],
    ['a file where a folder should be', (folder: string) => writeFileSync(path.join(folder, 'nix'), '')],
    ['a link where a folder should be', (folder: string) => symlinkSync('/tmp', path.join(folder, 'nix'))],
    ['a link where a file should be', (folder: string) => symlinkSync('/etc/hostname', path.join(folder, 'flake.nix'))],
  ])('%s ends with 3 in every mode', async (_, prepare) => {
    const { folder, env } = makeScene()
    prepare(folder)
    const before = entries(folder)
    for (const mode of ['keep', 'backup']) {
      const ran = await run(['.', '--yes', '--on-conflict', mode], folder, env)
      expect(ran).toMatchObject({ code: 3, stderr: expect.stringContaining('Next: move it away') })
    }
    expect(entries(folder)).toEqual(before)
  })

  it('a project of ours is not filled a second time', async () => {
    const { folder, env } = makeScene()
    await run(['lab', '--yes'], folder, env)
    const before = contents(folder)
    const ran = await run(['lab', '--yes', '--on-conflict', 'backup'], folder, env)
    expect(ran).toMatchObject({ code: 3, stderr: expect.stringContaining('already contains a project') })
    expect(contents(folder)).toEqual(before)
  })

  it('an unknown way is refused', async () => {
    const { folder, env } = makeScene()
    const ran = await run(['lab', '--yes', '--on-conflict', 'overwrite'], folder, env)
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('Available: error, keep, backup, increment') })
  })

  it('an error of the disk in the middle puts every file back', async () => {
    const { folder, env } = makeScene()
    const code = (step: number) => `
      const fs = require('node:fs'); const real = fs.linkSync; let count = 0
      fs.linkSync = (...args) => { if (++count === ${step}) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }); return real(...args) }
      require('node:module').syncBuiltinESMExports()`
    for (const step of [1, 2, 5, 10, 20, 40]) {
      const here = path.join(folder, String(step))
      mkdirSync(here)
      fill(here)
      const ran = await run(['.', '--yes', '--on-conflict', 'backup'], here, preload(env, code(step)))
      expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('The disk is full') })
      expect(contents(here)).toEqual(MINE)
    }
  })
})

describe('--dry-run', () => {
  it('says what would be kept and renamed, with the difference', async () => {
    const { folder, env } = makeScene()
    fill(folder)
    const before = contents(folder)
    const { stdout } = await run(['.', '--yes', '--dry-run', '--on-conflict', 'backup'], folder, env)
    expect(stdout).toMatch(/^ {2}b +\d+ flake\.nix$/m)
    expect(stdout).toMatch(/^ {2}k +\d+ README\.md$/m)
    expect(stdout).toMatch(/^ {2}\+ +\d+ start\*$/m)
    expect(stdout).toContain('-{ mine = true; }')
    expect(stdout).toContain('+  inputs.nixpkgs.url')
    const { files } = JSON.parse(
      (await run(['.', '--yes', '--dry-run', '--json', '--on-conflict', 'backup'], folder, env)).stdout,
    )
    const flake = files.find((file: { path: string }) => file.path === 'flake.nix')
    expect(flake).toMatchObject({
      action: 'backup',
      backup: 'flake.nix.backup',
      diff: expect.stringContaining('-{ mine'),
    })
    expect(contents(folder)).toEqual(before)
  })
})

describe('in a terminal', () => {
  it('merge shows each difference and asks for each file', async () => {
    const { folder, env } = makeScene()
    fill(folder)
    const entriesBefore = entries(folder)
    const session = open(
      ['.', '-t', 'minimal', '--python', '3.13', '--packages', 'numpy', '--with', 'none', '--git'],
      folder,
      env,
    )
    await session.see('is not empty')
    session.type(KEYS.down.repeat(3) + KEYS.enter)
    // G4: README, LICENSE and .gitignore are asked about as well.
    for (const file of ['.gitignore', 'README.md']) {
      await session.see(`Which ${file}?`)
      session.type(KEYS.enter)
    }
    await session.see('Which flake.nix?')
    await session.see('-{ mine = true; }')
    session.type(KEYS.down + KEYS.enter)
    await session.see('Which notebooks/start.ipynb?')
    // All is asked before the first byte is written.
    expect(contents(folder)).toEqual(MINE)
    expect(entries(folder)).toEqual(entriesBefore)
    session.type(KEYS.enter)
    expect(await session.exited).toBe(0)
    expect(read(folder, 'flake.nix')).toContain('numpy')
    expect(read(folder, 'flake.nix.backup')).toBe(MINE['flake.nix'])
    expect(read(folder, 'notebooks/start.ipynb')).toBe(MINE['notebooks/start.ipynb'])
  })

  it('G4: a project of ours is offered only what can work', async () => {
    const { folder, env } = makeScene()
    await run(['lab', '--yes'], folder, env)
    const session = open(
      ['lab', '-t', 'minimal', '--python', '3.13', '--packages', 'numpy', '--with', 'none', '--git'],
      folder,
      env,
    )
    await session.see('already contains a project')
    expect(session.screen()).not.toContain('Keep my files')
    session.type(KEYS.enter)
    expect(await session.exited).toBe(0)
    await expectWhole(path.join(folder, 'lab-2'))
  })

  it('another folder can be chosen instead', async () => {
    const { folder, env } = makeScene()
    fill(path.join(folder, 'lab'))
    const session = open(
      ['lab', '-t', 'minimal', '--python', '3.13', '--packages', 'numpy', '--with', 'none', '--git'],
      folder,
      env,
    )
    await session.see('is not empty')
    session.type(KEYS.down.repeat(4) + KEYS.enter)
    await session.see('Which directory')
    session.type(`free${KEYS.enter}`)
    expect(await session.exited).toBe(0)
    await expectWhole(path.join(folder, 'free'))
  })

  it('Ctrl-C at the question leaves every byte', async () => {
    const { folder, env } = makeScene()
    fill(folder)
    const session = open(['.', '-t', 'minimal'], folder, env)
    await session.see('is not empty')
    session.type(KEYS.ctrlC)
    expect(await session.exited).toBe(130)
    expect(contents(folder)).toEqual(MINE)
  })
})

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

function fill(directory: string): void {
  for (const [file, content] of Object.entries(MINE)) {
    mkdirSync(path.dirname(path.join(directory, file)), { recursive: true })
    writeFileSync(path.join(directory, file), content)
  }
}

const read = (directory: string, file: string) => readFileSync(path.join(directory, file), 'utf8')

describe('a directory with files', () => {
  it('error, the default: exit 3, with the ways out', async () => {
    const { directory, env } = makeScene()
    fill(path.join(directory, 'lab'))
    const before = contents(directory)
    const ran = await run(['lab', '--yes'], directory, env)
    expect(ran.code).toBe(3)
    for (const word of ['keep', 'backup', 'makes lab-2']) expect(ran.stderr).toContain(word)
    expect(contents(directory)).toEqual(before)
  })

  it.each([
    ['an empty directory', 'README.md', []],
    ['a directory whose files are kept', '.nix-jupyter.json', ['--on-conflict', 'keep']],
  ])('I2: %s that gets %s while somebody answers: exit 3', async (_, file, flags) => {
    const { directory, env } = makeScene()
    const lab = path.join(directory, 'lab')
    mkdirSync(lab)
    if (flags.length > 0) writeFileSync(path.join(lab, 'mine.txt'), 'mine\n')
    const session = open(
      ['lab', '--template', 'minimal', '--python', '3.13', '--packages', 'numpy', '--with', 'none', ...flags],
      directory,
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
    const { directory, env } = makeScene()
    fill(directory)
    const ran = await run(['.', '--yes', '--on-conflict', 'keep'], directory, env)
    expect(ran).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Your files, kept: .gitignore, README.md, flake.nix'),
    })
    expect(contents(directory)).toMatchObject(MINE)
    expect(existsSync(path.join(directory, 'start'))).toBe(true)
    expect(git(directory, 'ls-files').split('\n')).toEqual(expect.arrayContaining(['flake.nix', 'start', 'README.md']))
  })

  it('backup: theirs are renamed, but README, LICENSE and .gitignore stay', async () => {
    const { directory, env } = makeScene()
    fill(directory)
    writeFileSync(path.join(directory, 'flake.nix.backup'), 'an older backup\n')
    const ran = await run(['.', '--yes', '--on-conflict', 'backup'], directory, env)
    expect(ran.code).toBe(0)
    expect(read(directory, 'flake.nix')).toContain('import ./nix')
    expect(read(directory, 'flake.nix.backup')).toBe('an older backup\n')
    expect(read(directory, 'flake.nix.backup-2')).toBe(MINE['flake.nix'])
    expect(read(directory, 'notebooks/start.ipynb.backup')).toBe(MINE['notebooks/start.ipynb'])
    for (const file of ['README.md', 'LICENSE', '.gitignore', 'data.csv', 'notebooks/other.ipynb'] as const) {
      expect(read(directory, file)).toBe(MINE[file])
    }
  })

  it('increment: another directory beside it', async () => {
    const { directory, env } = makeScene()
    fill(path.join(directory, 'lab'))
    mkdirSync(path.join(directory, 'lab-2'))
    const before = contents(path.join(directory, 'lab'))
    const ran = await run(['lab', '--yes', '--on-conflict', 'increment'], directory, env)
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('cd lab-3') })
    expect(contents(path.join(directory, 'lab'))).toEqual(before)
    await expectWhole(path.join(directory, 'lab-3'))
  })

  it('a fresh clone: .git is not touched, what is committed stays committed', async () => {
    const { directory, env } = makeScene()
    for (const file of ['README.md', 'LICENSE', '.gitignore'] as const)
      writeFileSync(path.join(directory, file), MINE[file])
    git(directory, 'init', '-q', '--initial-branch=main')
    git(directory, 'add', '.')
    git(directory, '-c', 'user.name=A', '-c', 'user.email=a@b', 'commit', '-qm', 'first')
    const head = git(directory, 'rev-parse', 'HEAD')
    await run(['.', '--yes', '--on-conflict', 'keep'], directory, env)
    expect(git(directory, 'rev-parse', 'HEAD')).toBe(head)
    expect(git(directory, 'diff', '--cached', '--name-only', '--diff-filter=MD')).toBe('')
    expect(git(directory, 'diff', '--name-only')).toBe('')
  })

  it.each([
    ['a directory where a file should be', (directory: string) => mkdirSync(path.join(directory, 'flake.nix'))],
    ['a file where a directory should be', (directory: string) => writeFileSync(path.join(directory, 'nix'), '')],
    ['a link where a directory should be', (directory: string) => symlinkSync('/tmp', path.join(directory, 'nix'))],
    [
      'a link where a file should be',
      (directory: string) => symlinkSync('/etc/hostname', path.join(directory, 'flake.nix')),
    ],
  ])('%s ends with 3 in every mode', async (_, prepare) => {
    const { directory, env } = makeScene()
    prepare(directory)
    const before = entries(directory)
    for (const mode of ['keep', 'backup']) {
      const ran = await run(['.', '--yes', '--on-conflict', mode], directory, env)
      expect(ran).toMatchObject({ code: 3, stderr: expect.stringContaining('Next: move it away') })
    }
    expect(entries(directory)).toEqual(before)
  })

  it('a project of ours is not filled a second time', async () => {
    const { directory, env } = makeScene()
    await run(['lab', '--yes'], directory, env)
    const before = contents(directory)
    const ran = await run(['lab', '--yes', '--on-conflict', 'backup'], directory, env)
    expect(ran).toMatchObject({ code: 3, stderr: expect.stringContaining('already contains a project') })
    expect(contents(directory)).toEqual(before)
  })

  it('an unknown way is refused', async () => {
    const { directory, env } = makeScene()
    const ran = await run(['lab', '--yes', '--on-conflict', 'overwrite'], directory, env)
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('Available: error, keep, backup, increment') })
  })

  it('an error of the disk in the middle puts every file back', async () => {
    const { directory, env } = makeScene()
    const code = (step: number) => `
      const fs = require('node:fs'); const real = fs.linkSync; let count = 0
      fs.linkSync = (...args) => { if (++count === ${step}) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }); return real(...args) }
      require('node:module').syncBuiltinESMExports()`
    for (const step of [1, 2, 5, 10, 20, 40]) {
      const here = path.join(directory, String(step))
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
    const { directory, env } = makeScene()
    fill(directory)
    const before = contents(directory)
    const { stdout } = await run(['.', '--yes', '--dry-run', '--on-conflict', 'backup'], directory, env)
    expect(stdout).toMatch(/^ {2}b +\d+ flake\.nix$/m)
    expect(stdout).toMatch(/^ {2}k +\d+ README\.md$/m)
    expect(stdout).toMatch(/^ {2}\+ +\d+ start\*$/m)
    expect(stdout).toContain('-{ mine = true; }')
    expect(stdout).toContain('+  inputs.nixpkgs.url')
    const { files } = JSON.parse(
      (await run(['.', '--yes', '--dry-run', '--json', '--on-conflict', 'backup'], directory, env)).stdout,
    )
    const flake = files.find((file: { path: string }) => file.path === 'flake.nix')
    expect(flake).toMatchObject({
      action: 'backup',
      backup: 'flake.nix.backup',
      diff: expect.stringContaining('-{ mine'),
    })
    expect(contents(directory)).toEqual(before)
  })
})

describe('in a terminal', () => {
  it('merge shows each difference and asks for each file', async () => {
    const { directory, env } = makeScene()
    fill(directory)
    const entriesBefore = entries(directory)
    const session = open(
      ['.', '-t', 'minimal', '--python', '3.13', '--packages', 'numpy', '--with', 'none', '--git'],
      directory,
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
    expect(contents(directory)).toEqual(MINE)
    expect(entries(directory)).toEqual(entriesBefore)
    session.type(KEYS.enter)
    expect(await session.exited).toBe(0)
    expect(read(directory, 'flake.nix')).toContain('numpy')
    expect(read(directory, 'flake.nix.backup')).toBe(MINE['flake.nix'])
    expect(read(directory, 'notebooks/start.ipynb')).toBe(MINE['notebooks/start.ipynb'])
  })

  it('G4: a project of ours is offered only what can work', async () => {
    const { directory, env } = makeScene()
    await run(['lab', '--yes'], directory, env)
    const session = open(
      ['lab', '-t', 'minimal', '--python', '3.13', '--packages', 'numpy', '--with', 'none', '--git'],
      directory,
      env,
    )
    await session.see('already contains a project')
    expect(session.screen()).not.toContain('Keep my files')
    session.type(KEYS.enter)
    expect(await session.exited).toBe(0)
    await expectWhole(path.join(directory, 'lab-2'))
  })

  it('another directory can be chosen instead', async () => {
    const { directory, env } = makeScene()
    fill(path.join(directory, 'lab'))
    const session = open(
      ['lab', '-t', 'minimal', '--python', '3.13', '--packages', 'numpy', '--with', 'none', '--git'],
      directory,
      env,
    )
    await session.see('is not empty')
    session.type(KEYS.down.repeat(4) + KEYS.enter)
    await session.see('Which directory')
    session.type(`free${KEYS.enter}`)
    expect(await session.exited).toBe(0)
    await expectWhole(path.join(directory, 'free'))
  })

  it('Ctrl-C at the question leaves every byte', async () => {
    const { directory, env } = makeScene()
    fill(directory)
    const session = open(['.', '-t', 'minimal'], directory, env)
    await session.see('is not empty')
    session.type(KEYS.ctrlC)
    expect(await session.exited).toBe(130)
    expect(contents(directory)).toEqual(MINE)
  })
})

import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { noOtherUser } from '../../../tests/support/abilities.ts'
import { stateOf } from '../../../tests/support/calls.ts'
import { contents } from '../../../tests/support/program.ts'
import { notebook, scene, textWith } from '../../../tests/support/two-versions.ts'
import { buildVersion, makeProject, runProgram, type Version } from '../../../tests/support/versions.ts'
import { git, makeScene } from '../../../tests/support/world.ts'

// What happens to each kind of file.

const TOOLS = { 'one.sh': '#!/bin/sh\n', 'two.sh': '#!/bin/sh\n' }

describe('the rule of a file', () => {
  it('that the user has deleted: it stays deleted, and that is said once', () => {
    const { write, run, at } = scene()
    write({ 'guide.md': null })
    expect(run('upgrade').stdout).toContain('deleted   guide.md: you deleted it')
    expect(existsSync(at('guide.md'))).toBe(false)
    expect(run('upgrade').stdout).toBe('✔ lab is up to date.\n')
  })

  it('in nix/ that is gone: it is made again, since the project cannot work without it, and --abort knows', () => {
    const { project, write, run, read, at } = scene()
    write({ 'nix/extra.nix': null, 'nix/activate.sh': null, 'guide.md': 'mine\n' })
    expect(run('upgrade').status).toBe(3)
    expect(run('upgrade', '--abort').status).toBe(0)
    expect([existsSync(at('nix/extra.nix')), existsSync(at('nix/activate.sh'))]).toEqual([false, false])
    write({ 'guide.md': null })
    expect(run('upgrade').stdout).not.toMatch(/deleted +nix/)
    expect(read('nix/extra.nix')).toBe('"new"\n')
    rmSync(at('nix'), { recursive: true })
    expect(run('upgrade', '--check').status).toBe(5)
    expect(run('upgrade')).toMatchObject({ status: 0, stdout: expect.stringMatching(/updated +nix\/ /) })
    expect(git(project, 'ls-files', '--deleted')).toBe('deep/down/gone.txt\ngone.txt\nguide.md')
  })

  it('that a sparse checkout leaves out is not taken for deleted, and the command that is printed brings it back', () => {
    const { project, run } = scene()
    git(project, 'status')
    git(project, 'sparse-checkout', 'set', '--no-cone', '/*', '!guide.md', '!gone.txt', '!nix')
    const before = contents(project)
    const ran = run('upgrade')
    expect(ran).toMatchObject({
      status: 3,
      stdout: '',
      stderr: expect.stringContaining('out here (sparse checkout): '),
    })
    expect(contents(project)).toEqual(before)
    const [, command = ''] = /Next: git (.*)/.exec(ran.stderr) ?? []
    git(project, ...command.split(' '))
    expect(run('upgrade')).toMatchObject({ status: 0, stdout: expect.not.stringContaining('deleted') })
    expect(run('upgrade', '--check').status).toBe(0)
  })

  it('that is new, where a sparse checkout leaves such out: git knows it all the same', () => {
    const { project, run } = scene()
    git(project, 'status')
    git(project, 'sparse-checkout', 'set', '--no-cone', '/*', '!come.txt', '!deep/er')
    expect(run('upgrade')).toMatchObject({ status: 0, stderr: '' })
    expect(git(project, 'ls-files', 'come.txt', 'deep/er')).toBe('come.txt\ndeep/er/come.txt')
  })

  it('that the template no longer has: gone, unless the user has changed it', () => {
    const { write, run, read, at } = scene()
    write({ 'gone.txt': 'mine\n' })
    expect(run('upgrade').stdout).toContain('kept      gone.txt: you changed it, and it is no longer part of')
    expect(read('gone.txt')).toBe('mine\n')
    expect(existsSync(at('deep/down/gone.txt'))).toBe(false)
  })

  it('that is new and that the user has as well: a conflict, or nothing where it is the same', () => {
    const [mine, same] = [scene(), scene()]
    mine.write({ 'come.txt': 'mine\n' })
    expect(mine.run('upgrade').status).toBe(3)
    expect(mine.read('come.txt')).toBe(
      '<<<<<<< yours\nmine\n||||||| nothing\n=======\nonly in the new version\n>>>>>>> new in 0.0.2\n',
    )
    same.write({ 'come.txt': 'only in the new version\n' })
    expect(same.run('upgrade').status).toBe(0)
  })

  it.each([
    ['picture.bin', Buffer.from([0, 9, 9]), 'it is not text'],
    ['guide.md', Buffer.from([0xff, 0xfe, 0x41]), 'it is not text'],
    ['notebooks/extra.ipynb', notebook('mine'), 'the new one does not fit into it'],
    ['flake.lock', '{ "mine": true }\n', 'lock files are not merged'],
  ])('%s, which is not merged: the user’s stays, and is listed', (file, content, why) => {
    const { write, run, at } = scene()
    write({ [file]: content })
    expect(run('upgrade').stdout).toContain(`kept      ${file}: you changed it, and ${why}`)
    expect(readFileSync(at(file))).toEqual(Buffer.from(content))
    expect(run('upgrade').stdout).toBe('✔ lab is up to date.\n')
  })

  it('in nix/: one row while nobody has edited there, then file by file; what the user has added stays', () => {
    const { write, run, read } = scene()
    write({ 'nix/extra.nix': '"old"\n# mine\n', 'nix/mine.nix': '"mine"\n' })
    const ran = run('upgrade')
    expect(ran.stdout).not.toContain('nix/ (')
    expect(ran.stdout).toMatch(/(merged|conflict) +nix\/extra\.nix/)
    expect(read('nix/extra.nix')).toContain('# mine\n')
    expect(read('nix/mine.nix')).toBe('"mine"\n')
  })

  it('that was checked out with the ends of lines of Windows: as if it were not, and it keeps them', () => {
    const { write, run, read } = scene()
    const windows = (text: string) => text.replaceAll('\n', '\r\n')
    write({
      'tool.sh': windows(read('tool.sh')),
      'guide.md': windows(read('guide.md').replace('line 3\n', 'mine\n')),
      '.nix-jupyter.json': windows(read('.nix-jupyter.json')),
    })
    const ran = run('upgrade')
    expect(ran.stdout).toContain('updated   tool.sh')
    expect(read('tool.sh')).toBe('#!/bin/sh\r\necho new\r\n')
    expect(read('guide.md')).toBe(windows(textWith(20, 'new line\n').replace('line 3\n', 'mine\n')))
    expect(run('upgrade').stdout).toBe('✔ lab is up to date.\n')
  })

  it('keeps the permissions that the user has given, and becomes executable where the new one is', () => {
    const { run, at } = scene()
    chmodSync(at('guide.md'), 0o750)
    chmodSync(at('tool.sh'), 0o640)
    run('upgrade')
    const modes = ['guide.md', 'tool.sh', 'come.txt'].map((file) => statSync(at(file)).mode & 0o777)
    expect(modes).toEqual([0o750, 0o750, 0o777 & ~process.umask()])
  })

  it('that only becomes a program, or is none any more: so does the user’s, unless it has been said otherwise', () => {
    const [plain, program] = [buildVersion('0.0.3', TOOLS), buildVersion('0.0.4', TOOLS, {}, ['one.sh', 'two.sh'])]
    const { directory, env } = makeScene()
    const project = makeProject(plain, [], directory, env)
    const modes = () => ['one.sh', 'two.sh'].map((file) => statSync(path.join(project, file)).mode & 0o111)
    const there = (version: Version) => runProgram(version.program, ['upgrade'], project, env)
    expect(there(program).stdout).toContain('  updated   one.sh: it can be run now\n')
    const bits = 0o111 & ~process.umask()
    expect(modes()).toEqual([bits, bits])
    chmodSync(path.join(project, 'one.sh'), 0o644)
    expect(there(buildVersion('0.0.5', TOOLS, {}, ['one.sh', 'two.sh'])).status).toBe(0)
    expect(modes()).toEqual([0, bits])
    expect(there(buildVersion('0.0.6', TOOLS)).stdout).toContain('  updated   two.sh: it can no longer be run\n')
    expect(modes()).toEqual([0, 0])
  })

  it.each<[string, (at: (file: string) => string) => void]>([
    ['guide.md is a symbolic link', (at) => link(at('guide.md'))],
    ['nix is a symbolic link', (at) => link(at('nix'))],
    ['.nix-jupyter.json is a symbolic link', (at) => link(at('.nix-jupyter.json'))],
    ['come.txt is not a regular file', (at) => mkdirSync(at('come.txt'))],
    ['deep/er is not a directory', (at) => writeFileSync(at('deep/er'), '')],
    ...(!noOtherUser
      ? [
          [
            'guide.md belongs to another user',
            (at: (file: string) => string) => chownSync(at('guide.md'), 12345, 12345),
          ] as const,
        ]
      : []),
  ] as [string, (at: (file: string) => string) => void][])('%s: nothing is written', (why, change) => {
    const { run, at, project } = scene()
    change(at)
    const before = stateOf(project)
    const ran = run('upgrade')
    expect(ran.stderr).toContain(why.includes('.json') ? 'damaged' : why)
    expect(ran.status).toBe(why.includes('.json') ? 2 : 3)
    expect(stateOf(project)).toEqual(before)
  })

  it('the machinery is behind a symbolic link: it is not up to date, also where this version changes nothing of it', () => {
    const { run, at, project } = scene()
    expect(run('upgrade').status).toBe(0)
    link(at('nix'))
    const before = stateOf(project)
    const ran = run('upgrade', '--check')
    expect(ran.stderr).toContain('nix is a symbolic link')
    expect(ran.status).toBe(3)
    expect(stateOf(project)).toEqual(before)
  })
})

/** Puts a link in the place of something. */
function link(place: string): void {
  renameSync(place, `${place}.moved`)
  symlinkSync(`${place}.moved`, place)
}

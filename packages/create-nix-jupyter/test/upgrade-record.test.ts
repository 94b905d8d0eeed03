import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { contents } from '../../../tests/support/program.ts'
import { fresh, freshly, old, packed, scene, textWith } from '../../../tests/support/two-versions.ts'
import { keepPacked, pack, runProgram } from '../../../tests/support/versions.ts'
import { git, makeScene } from '../../../tests/support/world.ts'

// What the engine begins with: the record, what files were when they were made, and what was typed.

describe('without what both began with', () => {
  it('nothing is written without --yes; with it both versions are there', () => {
    const { write, run, read, project } = scene('--no-git')
    write({ 'guide.md': 'mine\n' })
    const before = contents(project)
    const ran = run('upgrade')
    expect(ran).toMatchObject({ status: 2, stdout: '' })
    expect(ran.stderr).toContain('It is not known which lines are yours in: guide.md')
    expect(ran.stderr).toContain('To see every change: npx create-nix-jupyter@0.0.2 upgrade --dry-run')
    expect(contents(project)).toEqual(before)
    expect(run('set', '--python', '3.14').stderr).toContain('set --python 3.14 --dry-run')
    expect(run('upgrade', '--dry-run').stdout).toContain('+>>>>>>> new in 0.0.2')
    expect(contents(project)).toEqual(before)
    expect(run('upgrade', '--yes').status).toBe(3)
    expect(read('guide.md')).toMatch(/^<<<<<<< yours\nmine\n/)
    expect(run('upgrade', '--abort').status).toBe(0)
    expect(contents(project)).toEqual(before)
  })

  it('in a clone of the newest commits, the command that fetches the others is printed, and is enough', () => {
    const { write, read, project, directory, env } = scene()
    write({ 'guide.md': read('guide.md').replace('line 3\n', 'mine\n') })
    git(project, '-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-qam', 'mine')
    git(directory, 'clone', '-q', '--depth=1', `file://${project}`, 'clone')
    const refused = runProgram(fresh.program, ['upgrade', 'clone'], directory, env)
    expect(refused).toMatchObject({ status: 2, stdout: '' })
    const [, command = ''] = refused.stderr.match(/Next: git (.*) {4}\(this clone/) ?? []
    git(directory, ...command.split(' '))
    expect(runProgram(fresh.program, ['upgrade', 'clone'], directory, env)).toMatchObject({ status: 0, stderr: '' })
  })

  it('a packed program that others can write to, or that makes other files, is not believed', () => {
    const { write, run, env } = scene('--no-git')
    keepPacked(packed, old.name, env)
    const kept = path.join(env.HOME ?? '', '.cache/create-nix-jupyter/releases/create-nix-jupyter-0.0.1-old.tgz')
    chmodSync(kept, 0o666)
    write({ 'guide.md': 'mine\n' })
    expect(run('upgrade').status).toBe(2)
    chmodSync(kept, 0o644)
    keepPacked(pack(fresh), old.name, env)
    expect(run('upgrade').status).toBe(2)
    keepPacked(packed, old.name, env)
    expect(run('upgrade').status).toBe(3)
  })

  it('without a place for temporary files, one sentence says so, and nothing is written', () => {
    const { project, env, write } = scene()
    write({ 'guide.md': textWith(3, 'mine\n') })
    const before = contents(project)
    expect(runProgram(fresh.program, ['upgrade'], project, { ...env, TMPDIR: '/nowhere' })).toMatchObject({
      status: 1,
      stdout: '',
      stderr:
        '✖ Nothing can be written to /nowhere (TMPDIR): ENOENT\n  Next: env TMPDIR=/tmp    in front of the same command\n  Nothing was changed.\n',
    })
    expect(contents(project)).toEqual(before)
  })

  it('without git on the computer, untouched files are replaced, and a merge is refused before anything is written', () => {
    const { write, project, env, at, directory } = scene('--no-git')
    const bare = path.join(directory, 'bin')
    mkdirSync(bare)
    symlinkSync(process.execPath, path.join(bare, 'node'))
    symlinkSync('/usr/bin/npm', path.join(bare, 'npm'))
    keepPacked(packed, old.name, env)
    const run = (...args: string[]) => runProgram(fresh.program, args, project, { ...env, PATH: bare })
    write({ 'guide.md': textWith(20, 'old line\n').replace('line 3\n', 'mine\n') })
    const before = contents(project)
    const ran = run('upgrade')
    expect(ran).toMatchObject({ status: 1, stdout: '' })
    expect(ran.stderr).toContain('merging them needs git')
    expect(contents(project)).toEqual(before)
    rmSync(at('guide.md'))
    expect(run('upgrade').status).toBe(0)
  })
})

const BROKEN: readonly (readonly [string, (record: string) => string | null, string])[] = [
  ['no record', () => null, 'has no .nix-jupyter.json'],
  ['half a record', (record) => record.slice(0, 100), 'is damaged: it is not JSON'],
  ['a record of nothing', () => '{}', 'is damaged: "generator"'],
  [
    'a record with a path that leads out',
    (record) => record.replace('"guide.md"', '"../guide.md"'),
    'damaged: "files"',
  ],
  ['a record with a path into git', (record) => record.replace('"guide.md"', '".git/config"'), 'damaged: "files"'],
  ['a record of a version that is none', (record) => record.replaceAll('0.0.1-old', '$(id)'), 'damaged: "version"'],
  [
    'a record of a newer version',
    (record) => record.replaceAll('0.0.1-old', '1.0.0'),
    'was made by create-nix-jupyter 1.0.0',
  ],
  [
    'a template that is not known',
    (record) => record.replace('"template": "minimal"', '"template": "x"'),
    '.nix-jupyter.json names the template "x", which this version does not have',
  ],
  [
    'a Python that is not known',
    (record) => record.replace('"python": "3.13"', '"python": "2.7"'),
    '.nix-jupyter.json names Python "2.7"',
  ],
  [
    'a package that nixpkgs refuses',
    (record) => record.replace('"packages": []', '"packages": ["numpy", "torch-bin"]'),
    '.nix-jupyter.json, packages: torch-bin: nixpkgs refuses it because of its licence.\n  Next: npx create-nix-jupyter set --packages numpy\n',
  ],
  [
    'a package that is none',
    (record) => record.replace('"packages": []', '"packages": ["-e ."]'),
    '.nix-jupyter.json, packages: "-e" is not the name of a',
  ],
]

describe('a project', () => {
  it('that was renamed and moved keeps its name inside', () => {
    const { project, directory, env } = scene()
    const moved = path.join(directory, 'else/where')
    mkdirSync(path.dirname(moved))
    renameSync(project, moved)
    const ran = runProgram(fresh.program, ['upgrade', 'else/where'], directory, env)
    expect(ran.status).toBe(0)
    expect(ran.stdout).toContain('cd else/where && git diff')
    expect(contents(moved)).toEqual(freshly())
  })

  it('whose record cannot be used is refused with exit code 2, and nothing is written', () => {
    const { write, read, run, project } = scene()
    const good = read('.nix-jupyter.json')
    for (const [what, change, message] of BROKEN) {
      write({ '.nix-jupyter.json': good })
      write({ '.nix-jupyter.json': change(good) })
      const before = contents(project)
      const ran = run('upgrade')
      expect(ran, what).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(message) })
      expect(contents(project), what).toEqual(before)
    }
  })

  it('of a newer version is told which one to use', () => {
    const { directory, env } = makeScene()
    runProgram(fresh.program, ['lab', '--yes'], directory, env)
    const ran = runProgram(old.program, ['upgrade', 'lab'], directory, env)
    expect(ran.status).toBe(2)
    expect(ran.stderr).toContain('Next: npx create-nix-jupyter@0.0.2 upgrade lab')
  })
})

const REFUSED: readonly (readonly [readonly string[], string])[] = [
  [['upgrade', '--template', 'minimal'], 'upgrade takes no --template.'],
  [['set'], 'set needs --python or --packages.'],
  [['set', '--with', 'x'], 'set takes no --with.'],
  [['upgrade', 'nowhere'], 'nowhere is not a directory.'],
  [['set', 'python'], 'python is not a directory.\n  It takes --python and --packages.'],
  [['upgrade', '.', 'lab'], 'not also "lab"'],
  [['lab', '--check'], '--check needs one of the commands'],
  [['add'], 'Which feature?'],
  [['add', 'nothing-like-it'], 'Unknown feature "nothing-like-it".'],
  [['add', 'numpy'], '\n  For a Python package: ./lab add numpy\n'],
  [['remove', 'x'], 'does not have the feature "x"'],
  [['remove', 'numpy>1', 'x'], "\n  For a Python package: ./lab remove 'numpy>1' x\n"],
  [['set', '--packages', 'None,numpy'], '"None" stands for no packages, and others were given, too.'],
]

describe('the words', () => {
  it('that do not fit are refused with exit code 2', () => {
    const { run } = scene()
    for (const [args, message] of REFUSED)
      expect(run(...args), args.join(' ')).toMatchObject({
        status: 2,
        stdout: '',
        stderr: expect.stringContaining(message),
      })
  })

  it('a directory that has the name of a command can be created, and nothing of the environment is taken for a flag', () => {
    const { directory, env } = makeScene()
    expect(runProgram(fresh.program, ['upgrade', '--yes'], directory, env).status).toBe(2)
    expect(runProgram(fresh.program, ['./upgrade', '--yes'], directory, env).status).toBe(0)
    const given = { ...env, CREATE_NIX_JUPYTER_TEMPLATE: 'uv', CREATE_NIX_JUPYTER_PYTHON: '3.14' }
    expect(runProgram(fresh.program, ['upgrade', 'upgrade'], directory, given).stdout).toContain('is up to date')
  })
})

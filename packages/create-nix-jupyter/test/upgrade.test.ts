import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { canChangeUser } from './support/abilities.js'
import { contents, entry } from './support/program.js'
import { git, makeScene } from './support/scene.js'
import {
  buildVersion,
  keepPacked,
  makeProject,
  pack,
  runProgram,
  type Version,
  writeFiles,
} from './support/versions.js'

// Two versions of the program, which differ in every way in which versions can.

const TEXT = Array.from({ length: 30 }, (_, line) => `line ${line}\n`)
const textWith = (line: number, text: string) => TEXT.with(line, text).join('')
const notebook = (text: string) =>
  JSON.stringify({
    cells: [{ cell_type: 'markdown', id: 'a', metadata: {}, source: [text] }],
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  })

let old: Version
let fresh: Version
let packed: string
beforeAll(() => {
  old = buildVersion('0.0.1-old', {
    'guide.md': textWith(20, 'old line\n'),
    'gone.txt': 'only in the old version\n',
    'deep/down/gone.txt': 'only in the old version, in a directory of its own\n',
    'picture.bin': Buffer.from([0, 1, 2]),
    'notebooks/extra.ipynb': notebook('old'),
    'tool.sh': '#!/bin/sh\necho old\n',
    'nix/extra.nix': '"old"\n',
    'flake.lock': '{ "old": true }\n',
  })
  fresh = buildVersion(
    '0.0.2',
    {
      'guide.md': textWith(20, 'new line\n'),
      'picture.bin': Buffer.from([0, 1, 3]),
      'notebooks/extra.ipynb': notebook('new'),
      'tool.sh': '#!/bin/sh\necho new\n',
      'nix/extra.nix': '"new"\n',
      'nix/more.nix': '"more"\n',
      'come.txt': 'only in the new version\n',
      'deep/er/come.txt': 'only in the new version\n',
    },
    {},
    ['tool.sh', 'come.txt'],
  )
  packed = pack(old)
})

/** A project that the old version has made, and what is needed to change it. */
function scene(...flags: string[]) {
  const { folder, env: own } = makeScene()
  const state = path.join(path.dirname(folder), 'state')
  const env: Record<string, string> = { ...own, CREATE_NIX_JUPYTER_OFFLINE: '1', XDG_STATE_HOME: state }
  const project = makeProject(old, flags, folder, env)
  const at = (file: string) => path.join(project, file)
  return {
    folder,
    env,
    project,
    at,
    read: (file: string) => readFileSync(at(file), 'utf8'),
    write: (files: Parameters<typeof writeFiles>[1]) => writeFiles(project, files),
    run: (...args: string[]) => runProgram(fresh.program, args, project, env),
    json: (...args: string[]) => JSON.parse(runProgram(fresh.program, [...args, '--json'], project, env).stdout),
    state: () => {
      const changes = path.join(state, 'nix-jupyter/.changes')
      return existsSync(changes) ? readdirSync(changes) : []
    },
  }
}

/** What the new version makes of the same answers. */
function freshly(...flags: string[]): Record<string, string> {
  const { folder, env } = makeScene()
  return contents(makeProject(fresh, flags, folder, env))
}

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
    expect(run('upgrade', '--abort')).toMatchObject({ status: 2, stderr: expect.stringContaining('is unfinished') })
    expect(run('upgrade', '--continue').status).toBe(2)
  })

  it('tells git of new files, so that Nix sees them, and of nothing else', () => {
    const { project, run } = scene()
    expect(run('upgrade').status).toBe(0)
    expect(git(project, 'diff', '--cached', '--name-only')).toBe('come.txt\ndeep/er/come.txt\nnix/more.nix')
    expect(git(project, 'ls-files').split('\n')).toContain('come.txt')
    expect(git(project, 'log', '--oneline').split('\n')).toHaveLength(1)
  })

  it('says that there are uncommitted changes, and works', () => {
    const { write, run } = scene()
    write({ 'README.md': 'all mine\n' })
    const ran = run('upgrade', '--dry-run')
    expect(ran.stderr).toContain('There were changes that are not committed.')
  })
})

describe('the rule of a file', () => {
  it('that the user has deleted: it stays deleted, and that is said once', () => {
    const { write, run, at } = scene()
    write({ 'guide.md': null })
    expect(run('upgrade').stdout).toContain('deleted   guide.md: you deleted it')
    expect(existsSync(at('guide.md'))).toBe(false)
    expect(run('upgrade').stdout).toBe('✔ lab is up to date.\n')
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
    ['notebooks/extra.ipynb', notebook('mine'), 'notebooks are not merged'],
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

  it.each<[string, (at: (file: string) => string) => void]>([
    ['guide.md is a symbolic link', (at) => link(at('guide.md'))],
    ['nix is a symbolic link', (at) => link(at('nix'))],
    ['.nix-jupyter.json is a symbolic link', (at) => link(at('.nix-jupyter.json'))],
    ['come.txt is not a regular file', (at) => mkdirSync(at('come.txt'))],
    ['deep/er is not a directory', (at) => writeFileSync(at('deep/er'), '')],
    ...(canChangeUser
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
    const before = listing(project)
    const ran = run('upgrade')
    expect(ran.stderr).toContain(why.includes('.json') ? 'damaged' : why)
    expect(ran.status).toBe(why.includes('.json') ? 2 : 3)
    expect(listing(project)).toEqual(before)
  })
})

/** Puts a link in the place of something. */
function link(place: string): void {
  renameSync(place, `${place}.moved`)
  symlinkSync(`${place}.moved`, place)
}

function listing(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => !/^\.git(\/|$)/.test(file))
  return files.sort().map((file) => {
    const found = lstatSync(path.join(folder, file))
    return `${file} ${found.mode} ${found.isFile() ? readFileSync(path.join(folder, file), 'latin1') : ''}`
  })
}

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

  it('without git on the computer, untouched files are replaced, and a merge is refused before anything is written', () => {
    const { write, project, env, at, folder } = scene('--no-git')
    const bare = path.join(folder, 'bin')
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

describe('--check, --dry-run and --json', () => {
  it('write nothing, and say what there is to do', () => {
    const { project, run, json, write, state } = scene()
    write({ 'guide.md': textWith(20, 'my line\n') })
    const before = listing(project)
    expect(run('upgrade', '--check')).toMatchObject({ status: 5, stderr: expect.stringContaining('not committed') })
    const dry = run('upgrade', '--dry-run')
    expect(dry.status).toBe(0)
    expect(dry.stdout).toContain('would be upgraded from 0.0.1-old to 0.0.2, 1 file with conflicts.')
    expect(dry.stdout).toMatch(/\ncome\.txt\n[\s\S]*\+only in the new version\n/)
    expect(dry.stdout).toMatch(/\ngone\.txt\n-only in the old version\n/)
    const told = json('upgrade', '--dry-run')
    expect(told).toMatchObject({ ok: true, dryRun: true, upToDate: false, conflicts: ['guide.md'] })
    expect(told).toMatchObject({ version: { from: '0.0.1-old', to: '0.0.2' }, bases: ["the project's git repository"] })
    expect(told.files).toContainEqual({ path: 'gone.txt', action: 'removed' })
    expect(listing(project)).toEqual(before)
    expect(state()).toEqual([])
    expect(json('upgrade')).toMatchObject({ ok: false, conflicts: ['guide.md'] })
    expect(json('upgrade', '--abort')).toMatchObject({ ok: true, kept: null })
    write({ 'guide.md': null })
    run('upgrade')
    expect(run('upgrade', '--check')).toMatchObject({ status: 0 })
    expect(json('upgrade', '--check')).toMatchObject({ ok: true, upToDate: true, files: [] })
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
    'does not have',
  ],
  [
    'a template from elsewhere',
    (record) => record.replace('"template": "minimal"', '"template": "owner/repo#abc"'),
    'from a template from elsewhere',
  ],
  ['a Python that is not known', (record) => record.replace('"python": "3.13"', '"python": "2.7"'), 'Available: 3.12'],
  ['a package that is none', (record) => record.replace('"packages": []', '"packages": ["-e ."]'), 'not the name of a'],
]

describe('a project', () => {
  it('that was renamed and moved keeps its name inside', () => {
    const { project, folder, env } = scene()
    const moved = path.join(folder, 'else/where')
    mkdirSync(path.dirname(moved))
    renameSync(project, moved)
    const ran = runProgram(fresh.program, ['upgrade', 'else/where'], folder, env)
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
    const { folder, env } = makeScene()
    runProgram(fresh.program, ['lab', '--yes'], folder, env)
    const ran = runProgram(old.program, ['upgrade', 'lab'], folder, env)
    expect(ran.status).toBe(2)
    expect(ran.stderr).toContain('Next: npx create-nix-jupyter@0.0.2 upgrade lab')
  })
})

const REFUSED: readonly (readonly [readonly string[], string])[] = [
  [['upgrade', '--template', 'minimal'], 'upgrade takes no --template.'],
  [['set'], 'set needs --python or --packages.'],
  [['set', '--with', 'x'], 'set takes no --with.'],
  [['upgrade', 'nowhere'], 'nowhere is not a directory.'],
  [['upgrade', '.', 'lab'], 'not also "lab"'],
  [['lab', '--check'], '--check needs one of the commands'],
  [['add'], 'Which feature?'],
  [['add', 'nothing-like-it'], 'Unknown feature "nothing-like-it".'],
  [['remove', 'x'], 'does not have the feature "x"'],
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
    const { folder, env } = makeScene()
    expect(runProgram(fresh.program, ['upgrade', '--yes'], folder, env).status).toBe(2)
    expect(runProgram(fresh.program, ['./upgrade', '--yes'], folder, env).status).toBe(0)
    const given = { ...env, CREATE_NIX_JUPYTER_TEMPLATE: 'uv', CREATE_NIX_JUPYTER_PYTHON: '3.14' }
    expect(runProgram(fresh.program, ['upgrade', 'upgrade'], folder, given).stdout).toContain('is up to date')
  })
})

describe('set', () => {
  it('changes the Python and the packages, and back is byte for byte the same, with edits', () => {
    const { project, run, write, read } = scene()
    run('upgrade')
    write({ 'README.md': `${read('README.md')}\nMine.\n`, 'flake.nix': read('flake.nix').replace('"lab"', '"my own"') })
    const before = contents(project)
    for (const [there, back] of [
      [
        ['--python', '3.14'],
        ['--python', '3.13'],
      ],
      [
        ['--packages', 'numpy,polars>=1'],
        ['--packages', 'none'],
      ],
    ]) {
      expect(run('set', ...(there ?? []))).toMatchObject({ status: 0 })
      expect(contents(project)).not.toEqual(before)
      expect(run('set', ...(back ?? []))).toMatchObject({ status: 0 })
      expect(contents(project)).toEqual(before)
    }
  })

  it('says what an unusual Python costs, and refuses one that there is not', () => {
    const { run } = scene()
    expect(run('set', '--python', '3.12').stderr).toContain('compiles about 500')
    expect(run('set', '--python', '3.1').status).toBe(2)
  })
})

describe('locks', () => {
  it('that may no longer fit what is asked for: the command that locks again is printed', () => {
    const { folder, env } = makeScene()
    runProgram(entry(), ['lab', '--yes', '--template', 'uv'], folder, env)
    const project = path.join(folder, 'lab')
    const file = path.join(project, 'pyproject.toml')
    const set = (...packages: string[]) =>
      runProgram(entry(), ['set', '--packages', packages.join()], project, env).stdout
    writeFileSync(file, readFileSync(file, 'utf8').replace('[project]', '# Mine.\n[project]'))
    expect(set('cowsay')).toMatch(/merged +pyproject\.toml[\s\S]*\n {2}\.\/lab lock\n/)
    expect(readFileSync(file, 'utf8')).toMatch(/# Mine\.[\s\S]*cowsay/)
  })
})

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

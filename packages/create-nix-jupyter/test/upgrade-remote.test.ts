import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { contents, open, run } from '../../../tests/support/program.ts'
import { FILES, make, makeForgeScene } from '../../../tests/support/remote.ts'
import { writeFiles } from '../../../tests/support/versions.ts'
import { git } from '../../../tests/support/world.ts'

// A project from a remote template follows its repository: from the recorded commit to the newest one of the same branch.

const LINES = Array.from({ length: 20 }, (_, line) => `line ${line} of {{name}}\n`)
const linesWith = (line: number, text: string) => LINES.with(line, text).join('')
const FIRST = { ...FILES, 'guide.md': LINES.join(''), 'gone.txt': 'old\n' }
const NEWER = { 'guide.md': linesWith(15, 'new for {{name}}\n'), 'gone.txt': null, 'come/new.txt': 'new\n' }

/** A project `lab` of ada/wine, which can then get newer commits. */
async function scene(template = 'ada/wine', ...flags: string[]) {
  const { directory, env, forge } = await makeForgeScene()
  const commit = forge.repository('ada/wine', FIRST)
  const repository = path.join(forge.root, 'ada/wine')
  git(repository, 'branch', 'stable')
  const push = (files: Parameters<typeof writeFiles>[1], branch = 'main') => {
    git(repository, 'checkout', '-q', branch)
    writeFiles(repository, files)
    git(repository, 'add', '--all')
    git(repository, '-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-qm', 'newer')
    const id = git(repository, 'rev-parse', 'HEAD')
    git(repository, 'checkout', '-q', 'main')
    return id
  }
  expect(await make(directory, env, '-t', template, ...flags)).toMatchObject({ code: 0 })
  const project = path.join(directory, 'lab')
  return {
    directory,
    env,
    forge,
    commit,
    push,
    project,
    cache: path.join(env.HOME ?? '', '.cache/create-nix-jupyter/templates'),
    at: (file: string) => path.join(project, file),
    read: (file: string) => readFileSync(path.join(project, file), 'utf8'),
    upgrade: (...args: string[]) => run(['upgrade', ...args], project, env),
    /** What is made of the newest commit today. */
    freshly: async () => {
      const beside = path.join(directory, `beside-${Date.now()}`)
      mkdirSync(beside)
      expect(await make(beside, env, '-t', template, ...flags)).toMatchObject({ code: 0 })
      return contents(path.join(beside, 'lab'))
    },
  }
}

describe('upgrade of a project from a remote template', () => {
  it('that nobody has touched makes what the newest commit makes', async () => {
    const { commit, push, project, upgrade, freshly } = await scene()
    expect(await upgrade()).toMatchObject({ code: 0, stdout: '✔ lab is up to date.\n' })
    const newest = push(NEWER)
    const ran = await upgrade('--trust')
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toContain(`upgraded from ada/wine#${commit.slice(0, 7)} to ada/wine#${newest.slice(0, 7)}.\n`)
    expect(contents(project)).toEqual(await freshly())
    expect(git(project, 'ls-files', 'come')).toBe('come/new.txt')
    expect(await upgrade()).toMatchObject({ code: 0, stdout: '✔ lab is up to date.\n' })
  })

  it.each([
    ["the project's git repository", [], false],
    ['the template in the cache', ['--no-git'], false],
    ['the template, fetched once more', ['--no-git'], true],
  ])('keeps every edit; what it began with comes from %s', async (_, flags, isEmptied) => {
    const { push, read, at, upgrade, cache, commit } = await scene('ada/wine', ...flags)
    writeFileSync(at('guide.md'), read('guide.md').replace('line 3', 'mine, line 3'))
    push(NEWER)
    if (isEmptied) rmSync(cache, { recursive: true })
    const ran = await upgrade('--trust')
    expect(ran).toMatchObject({ code: 0 })
    expect(read('guide.md')).toContain('mine, line 3 of lab\n')
    expect(read('guide.md')).toContain('new for lab\n')
    const from = flags.length > 0 ? `the template ada/wine#${commit.slice(0, 7)}` : "the project's git repository"
    expect(ran.stdout).toContain(`comes from: ${from}.`)
  })

  it('writes a conflict with both states named, and --abort gives back every byte', async () => {
    const { push, read, at, upgrade, project, commit } = await scene()
    writeFileSync(at('guide.md'), read('guide.md').replace('line 15', 'mine 15'))
    const before = contents(project)
    const newest = push(NEWER)
    expect(await upgrade('--trust')).toMatchObject({ code: 3 })
    expect(read('guide.md')).toContain(`||||||| made by ada/wine#${commit.slice(0, 7)}\n`)
    expect(read('guide.md')).toContain(`>>>>>>> new in ada/wine#${newest.slice(0, 7)}\n`)
    expect(await upgrade('--abort')).toMatchObject({ code: 0 })
    expect(contents(project)).toEqual(before)
  })

  it('follows the branch that was named, and the directory', async () => {
    const { push, read, upgrade } = await scene('ada/wine/inner#stable')
    push({ 'inner/flake.nix': '{ main = true; }\n' })
    expect(await upgrade()).toMatchObject({ code: 0, stdout: '✔ lab is up to date.\n' })
    push({ 'inner/flake.nix': '{ stable = true; }\n' }, 'stable')
    expect(await upgrade('--trust')).toMatchObject({ code: 0 })
    expect(read('flake.nix')).toBe('{ stable = true; }\n')
    push({ 'inner/flake.nix': '{ stable = "still"; }\n' }, 'stable')
    expect(await upgrade('--trust')).toMatchObject({ code: 0 })
    expect(read('flake.nix')).toBe('{ stable = "still"; }\n')
  })

  it('stays at a commit that was named', async () => {
    const { directory, env, push, commit } = await scene()
    expect(await run(['fixed', '-y', '--trust', '-t', `ada/wine#${commit}`], directory, env)).toMatchObject({ code: 0 })
    push(NEWER)
    expect(await run(['upgrade', 'fixed'], directory, env)).toMatchObject({ stdout: '✔ fixed is up to date.\n' })
  })

  it('shows with --dry-run and --check what it would do, and needs no trust for that', async () => {
    const { push, project, upgrade } = await scene()
    const before = contents(project)
    push(NEWER)
    const dry = await upgrade('--dry-run')
    expect(dry).toMatchObject({ code: 0 })
    expect(dry.stdout).toContain('+new for lab\n')
    expect(await upgrade('--check')).toMatchObject({ code: 5 })
    expect(contents(project)).toEqual(before)
  })
})

describe('what a newer commit holds', () => {
  it('is not trusted without being asked: --trust without a terminal', async () => {
    const { push, project, upgrade } = await scene()
    const before = contents(project)
    const newest = push(NEWER)
    for (const more of [[], ['--yes'], ['--json']]) {
      const ran = await upgrade(...more)
      expect(ran.code).toBe(2)
      expect(ran.stderr + ran.stdout).toContain('--trust')
      expect(ran.stderr + ran.stdout).toContain(`ada/wine#${newest} has `)
    }
    expect(contents(project)).toEqual(before)
  })

  it.each([
    ['yes', 'y', 0],
    ['no', 'n', 1],
    ['Ctrl-C', '\x03', 130],
  ])('is shown and asked about in a terminal: %s', async (_, key, code) => {
    const { push, project, env, freshly } = await scene()
    const before = contents(project)
    const newest = push(NEWER)
    const session = open(['upgrade'], project, env, 300)
    await session.see(`ada/wine#${newest} has `)
    await session.see('Use it?')
    session.type(key)
    expect(await session.exited).toBe(code)
    expect(contents(project)).toEqual(code === 0 ? await freshly() : before)
  })

  it('is judged as one that is new: what is refused changes nothing', async () => {
    const { push, project, upgrade } = await scene()
    const before = contents(project)
    push({ 'evil.txt.ejs': '<% %>' })
    const ran = await upgrade('--trust')
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('is refused') })
    // Another one would not help a project that was made from this one.
    expect(ran.stderr).toContain('Next: correct the template, or tell whoever keeps it.\n')
    expect(contents(project)).toEqual(before)
  })
})

describe('when the repository is not as it was', () => {
  it('not reachable: what the cache has is used, with a warning; without a cache, exit code 4', async () => {
    const { forge, upgrade, cache, push } = await scene()
    push(NEWER)
    forge.close()
    const ran = await upgrade()
    expect(ran).toMatchObject({ code: 0, stdout: '✔ lab is up to date.\n' })
    expect(ran.stderr).toContain('ada/wine could not be reached; using the copy from the cache.')
    rmSync(cache, { recursive: true })
    expect(await upgrade()).toMatchObject({ code: 4, stdout: '' })
  })

  it('without the recorded commit: nothing is written until --yes, as with any unknown base', async () => {
    const { forge, push, read, at, upgrade, cache, project, commit } = await scene('ada/wine', '--no-git')
    writeFileSync(at('guide.md'), read('guide.md').replace('line 3', 'mine 3'))
    const before = contents(project)
    const repository = path.join(forge.root, 'ada/wine')
    rmSync(repository, { recursive: true })
    forge.repository('ada/wine', { ...FIRST, 'guide.md': linesWith(15, 'another history\n') })
    rmSync(cache, { recursive: true })
    const ran = await upgrade('--trust')
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toContain('It is not known which lines are yours in: guide.md')
    expect(ran.stderr).toContain(`Neither git nor the template has them as ada/wine#${commit.slice(0, 7)} made them.`)
    expect(contents(project)).toEqual(before)
    expect(await upgrade('--trust', '--yes')).toMatchObject({ code: 3 })
    expect(push).toBeDefined()
  })
})

describe('other answers', () => {
  it('are put into the recorded commit, which is trusted already', async () => {
    const { push, upgrade, project, env, read } = await scene()
    const before = contents(project)
    push(NEWER)
    expect(await run(['set', '--python', '3.14'], project, env)).toMatchObject({ code: 0 })
    expect(read('README.md')).toContain('with Python 3.14')
    expect(read('guide.md')).not.toContain('new for')
    expect(await run(['set', '--python', '3.13'], project, env)).toMatchObject({ code: 0 })
    expect(contents(project)).toEqual(before)
    expect(await upgrade('--trust')).toMatchObject({ code: 0 })
  })

  it.each([
    ['add', 'ollama'],
    ['set', '--packages', 'numpy'],
  ])('are for built-in templates only: %s %s', async (...args) => {
    const { project, env } = await scene()
    const ran = await run(args.filter(Boolean), project, env)
    expect(ran).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('for projects of the built-in templates only'),
    })
  })
})

it('a project from a directory of this computer follows what is in it today', async () => {
  const { directory, env } = await makeForgeScene()
  const template = path.join(directory, 'template')
  writeFiles(template, FIRST)
  expect(await make(directory, env, '-t', './template')).toMatchObject({ code: 0 })
  const project = path.join(directory, 'lab')
  expect(await run(['upgrade'], project, env)).toMatchObject({ code: 0, stdout: '✔ lab is up to date.\n' })
  writeFiles(template, NEWER)
  expect(await run(['upgrade'], project, env)).toMatchObject({ code: 2, stderr: expect.stringContaining('--trust') })
  expect(await run(['upgrade', '--trust'], project, env)).toMatchObject({ code: 0 })
  expect(readFileSync(path.join(project, 'guide.md'), 'utf8')).toContain('new for lab\n')
  cpSync(template, `${template}-moved`, { recursive: true })
  rmSync(template, { recursive: true })
  const ran = await run(['upgrade'], project, env)
  expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining(`There is no directory ${template}`) })
})

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { contents, entries, expectWhole, run } from '../../../tests/support/program.ts'
import { makeScene } from '../../../tests/support/world.ts'
import { whyNotNewName } from '../src/base/names.ts'

const make = (name: string, directory: string, env: Record<string, string>) =>
  run(['--yes', '--no-git', '--', name], directory, env)

describe('a name that works', () => {
  it.each(['my-lab', 'My_Lab.2', '2026', 'labs/deep/my-lab', './upgrade', '_x', 'lab/', 'con-lab'])(
    '%s',
    async (name) => {
      const { directory, env } = makeScene()
      expect(await make(name, directory, env)).toMatchObject({ code: 0 })
      await expectWhole(path.join(directory, name))
    },
  )

  it('an absolute path, and one through the directory above', async () => {
    const { directory, env } = makeScene()
    expect(await make(path.join(directory, 'a'), '/', env)).toMatchObject({ code: 0 })
    expect(await make('../b', path.join(directory, 'a'), env)).toMatchObject({ code: 0 })
    await expectWhole(path.join(directory, 'a'))
    await expectWhole(path.join(directory, 'b'))
  })

  it('~/lab is in the home directory also where no shell has expanded it', async () => {
    const { directory, env } = makeScene()
    await make('~/lab', directory, env)
    await expectWhole(path.join(env.HOME ?? '', 'lab'))
  })

  it('. is the current directory, whose own name may be unusual', async () => {
    const { directory, env } = makeScene()
    const here = path.join(directory, "Jörg's data & more")
    mkdirSync(here)
    const ran = await make('.', here, env)
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('old versions of Nix') })
    expect(ran.stdout).not.toContain('cd ')
    await expectWhole(here)
    expect(JSON.parse(readFileSync(path.join(here, '.nix-jupyter.json'), 'utf8')).answers.name).toBe(
      "Jörg's data & more",
    )
    expect(entries(directory)).toEqual(["Jörg's data & more"])
  })

  it('cd is quoted where the path needs it', async () => {
    const { directory, env } = makeScene()
    mkdirSync(path.join(directory, 'my labs'))
    expect((await make('my labs/one', directory, env)).stdout).toContain(`cd 'my labs/one'\n`)
  })

  it('an empty directory, also one behind a link', async () => {
    const { directory, env } = makeScene()
    mkdirSync(path.join(directory, 'empty'))
    symlinkSync('empty', path.join(directory, 'link'))
    expect(await make('link', directory, env)).toMatchObject({ code: 0 })
    await expectWhole(path.join(directory, 'empty'))
  })
})

describe('a name that is refused with 2, a reason and an example', () => {
  it.each([
    ['my lab', 'spaces', 'my-lab'],
    ['  ', 'needs a name', 'my-lab'],
    ['mü-läb', 'fail on "ü"', 'mu-lab'],
    ['Straße', 'fail on "ß"', 'strasse'],
    ['日本', 'fail on "日"', 'my-lab'],
    ['say"hi"', 'fail on """', 'say-hi'],
    ["anna's", `fail on "'"`, 'anna-s'],
    [`\${builtins.abort}`, 'fail on "$"', 'builtins-abort'],
    ['`id`', 'fail on "`"', 'id'],
    ['a;b', 'fail on ";"', 'a-b'],
    ['a:b', 'fail on ":"', 'a-b'],
    ['a#b', 'fail on "#"', 'a-b'],
    ['a?b', 'fail on "?"', 'a-b'],
    ['a%20b', 'fail on "%"', 'a-20b'],
    ['a\\b', 'fail on', 'a-b'],
    ['a\nb', 'control character', ''],
    ['a\u0007b', 'control character', ''],
    ['./-lab', 'leading dash', 'lab'],
    ['.lab', 'hides the directory', 'lab'],
    ['lab.', 'dot at the end', 'lab'],
    ['..', 'the parent directory', 'my-lab'],
    ['labs/..', 'the parent directory', 'my-lab'],
    ['/', 'root of the disk', 'my-lab'],
    ['.git', 'hides the directory', 'git'],
    ['node_modules', 'reserve this name', 'node-modules'],
    // G4: never itself as the suggestion.
    ['NUL', 'reserve this name', 'nul-lab'],
    ['con', 'reserve this name', 'con-lab'],
    ['init', 'a command of this program', 'init-lab'],
    ['create', 'a command of this program', 'create-lab'],
    ['com1.txt', 'reserve this name', ''],
    ['labs/my lab', 'spaces', 'my-lab'],
    ['x'.repeat(101), '101 characters', ''],
  ])('%j', async (name, reason, example) => {
    const { directory, env } = makeScene()
    const ran = await make(name, directory, env)
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toContain(reason)
    expect(ran.stderr).toContain(example)
    expect(entries(directory)).toEqual([])
  })

  it('which a command has: a word that is typed at the question means the directory', async () => {
    const { directory, env } = makeScene()
    const [, list = ''] = (await run(['--help'], directory, env)).stdout.split('\nCommands:\n')
    const commands = [...(list.split('\n\n')[0] ?? '').matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => name)
    expect(commands).toContain('upgrade')
    expect(commands.filter((name) => !whyNotNewName(name, true)?.startsWith('it is a command'))).toEqual([])
  })

  it.each(['a:b', 'a#b', 'a?b', 'a%b', 'a"b', 'a$b', 'a`b', 'a\\b', 'a\nb'])('under a directory %j', async (above) => {
    const { directory, env } = makeScene()
    mkdirSync(path.join(directory, above))
    for (const name of ['lab', '.']) {
      const ran = await make(name, path.join(directory, above), env)
      expect(ran).toMatchObject({ code: 2, stdout: '' })
      expect(ran.stderr).toMatch(/breaks (Nix|PATH|scripts)|control character/)
    }
    expect(entries(path.join(directory, above))).toEqual([])
  })

  it('inside a .git directory', async () => {
    const { directory, env } = makeScene()
    mkdirSync(path.join(directory, '.git'))
    expect(await make('lab', path.join(directory, '.git'), env)).toMatchObject({ code: 2 })
    expect(entries(path.join(directory, '.git'))).toEqual([])
  })
})

describe('a directory that is taken ends with 3, and keeps every byte', () => {
  it('one with files: names them', async () => {
    const { directory, env } = makeScene()
    mkdirSync(path.join(directory, 'lab'))
    for (const file of ['README.md', '.hidden', 'a', 'b', 'c', 'd', 'e'])
      writeFileSync(path.join(directory, 'lab', file), file)
    const before = contents(directory)
    const ran = await make('lab', directory, env)
    expect(ran).toMatchObject({ code: 3, stdout: '' })
    expect(ran.stderr).toContain('.hidden, README.md, a, b, c and 2 more')
    expect(contents(directory)).toEqual(before)
  })

  it.each(['file', 'file/lab', 'broken'])('%s is not a directory', async (name) => {
    const { directory, env } = makeScene()
    writeFileSync(path.join(directory, 'file'), 'mine')
    symlinkSync('nowhere', path.join(directory, 'broken'))
    const ran = await make(name, directory, env)
    expect(ran).toMatchObject({ code: 3, stderr: expect.stringContaining('not a directory') })
    expect(entries(directory)).toEqual(['broken', 'file'])
  })
})

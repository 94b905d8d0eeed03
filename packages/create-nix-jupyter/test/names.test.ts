import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { contents, entries, expectWhole, run } from './support/program.js'
import { makeScene } from './support/scene.js'

const make = (name: string, folder: string, env: Record<string, string>) =>
  run(['--yes', '--no-git', '--', name], folder, env)

describe('a name that works', () => {
  it.each(['my-lab', 'My_Lab.2', '2026', 'labs/deep/my-lab', './upgrade', '_x', 'lab/', 'con-lab'])(
    '%s',
    async (name) => {
      const { folder, env } = makeScene()
      expect(await make(name, folder, env)).toMatchObject({ code: 0 })
      await expectWhole(path.join(folder, name))
    },
  )

  it('an absolute path, and one through the folder above', async () => {
    const { folder, env } = makeScene()
    expect(await make(path.join(folder, 'a'), '/', env)).toMatchObject({ code: 0 })
    expect(await make('../b', path.join(folder, 'a'), env)).toMatchObject({ code: 0 })
    await expectWhole(path.join(folder, 'a'))
    await expectWhole(path.join(folder, 'b'))
  })

  it('~/lab is in the home folder also where no shell has expanded it', async () => {
    const { folder, env } = makeScene()
    await make('~/lab', folder, env)
    await expectWhole(path.join(env.HOME ?? '', 'lab'))
  })

  it('. is the current folder, whose own name may be unusual', async () => {
    const { folder, env } = makeScene()
    const here = path.join(folder, "Jörg's data & more")
    mkdirSync(here)
    const ran = await make('.', here, env)
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('old versions of Nix') })
    expect(ran.stdout).not.toContain('cd ')
    await expectWhole(here)
    expect(JSON.parse(readFileSync(path.join(here, '.nix-jupyter.json'), 'utf8')).answers.name).toBe(
      "Jörg's data & more",
    )
    expect(entries(folder)).toEqual(["Jörg's data & more"])
  })

  it('cd is quoted where the path needs it', async () => {
    const { folder, env } = makeScene()
    mkdirSync(path.join(folder, 'my labs'))
    expect((await make('my labs/one', folder, env)).stdout).toContain(`cd 'my labs/one'\n`)
  })

  it('an empty folder, also one behind a link', async () => {
    const { folder, env } = makeScene()
    mkdirSync(path.join(folder, 'empty'))
    symlinkSync('empty', path.join(folder, 'link'))
    expect(await make('link', folder, env)).toMatchObject({ code: 0 })
    await expectWhole(path.join(folder, 'empty'))
  })
})

describe('a name that is refused with 2, a reason and an example', () => {
  it.each([
    ['my lab', 'spaces', 'my-lab'],
    ['  ', 'needs a name', 'my-lab'],
    ['mü-läb', 'trip over “ü”', 'mu-lab'],
    ['Straße', 'trip over “ß”', 'strasse'],
    ['日本', 'trip over “日”', 'my-lab'],
    ['say"hi"', 'trip over “"”', 'say-hi'],
    ["anna's", "trip over “'”", 'anna-s'],
    [`\${builtins.abort}`, 'trip over “$”', 'builtins-abort'],
    ['`id`', 'trip over “`”', 'id'],
    ['a;b', 'trip over “;”', 'a-b'],
    ['a:b', 'trip over “:”', 'a-b'],
    ['a#b', 'trip over “#”', 'a-b'],
    ['a?b', 'trip over “?”', 'a-b'],
    ['a%20b', 'trip over “%”', 'a-20b'],
    ['a\\b', 'trip over', 'a-b'],
    ['a\nb', 'control character', ''],
    ['a\u0007b', 'control character', ''],
    ['./-lab', 'dash in front', 'lab'],
    ['.lab', 'hides the folder', 'lab'],
    ['lab.', 'dot at the end', 'lab'],
    ['..', 'the folder above', 'my-lab'],
    ['labs/..', 'the folder above', 'my-lab'],
    ['/', 'root of the disk', 'my-lab'],
    ['.git', 'hides the folder', 'git'],
    ['node_modules', 'keep this name for themselves', 'node-modules'],
    // G4: never itself as the suggestion.
    ['NUL', 'keep this name for themselves', 'nul-lab'],
    ['con', 'keep this name for themselves', 'con-lab'],
    ['init', 'this program keeps the word', 'init-lab'],
    ['doctor', 'this program keeps the word', 'doctor-lab'],
    ['com1.txt', 'keep this name for themselves', ''],
    ['upgrade', 'this program keeps the word', 'upgrade-lab'],
    ['labs/my lab', 'spaces', 'my-lab'],
    ['x'.repeat(101), '101 characters', ''],
  ])('%j', async (name, reason, example) => {
    const { folder, env } = makeScene()
    const ran = await make(name, folder, env)
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toContain(reason)
    expect(ran.stderr).toContain(example)
    expect(entries(folder)).toEqual([])
  })

  it.each(['a:b', 'a#b', 'a?b', 'a%b', 'a"b', 'a$b', 'a`b', 'a\\b', 'a\nb'])('under a folder %j', async (above) => {
    const { folder, env } = makeScene()
    mkdirSync(path.join(folder, above))
    for (const name of ['lab', '.']) {
      const ran = await make(name, path.join(folder, above), env)
      expect(ran).toMatchObject({ code: 2, stdout: '' })
      expect(ran.stderr).toMatch(/breaks (Nix|PATH|scripts)|control character/)
    }
    expect(entries(path.join(folder, above))).toEqual([])
  })

  it('inside a .git folder', async () => {
    const { folder, env } = makeScene()
    mkdirSync(path.join(folder, '.git'))
    expect(await make('lab', path.join(folder, '.git'), env)).toMatchObject({ code: 2 })
    expect(entries(path.join(folder, '.git'))).toEqual([])
  })
})

describe('a folder that is taken ends with 3, and keeps every byte', () => {
  it('one with files: names them', async () => {
    const { folder, env } = makeScene()
    mkdirSync(path.join(folder, 'lab'))
    for (const file of ['README.md', '.hidden', 'a', 'b', 'c', 'd', 'e'])
      writeFileSync(path.join(folder, 'lab', file), file)
    const before = contents(folder)
    const ran = await make('lab', folder, env)
    expect(ran).toMatchObject({ code: 3, stdout: '' })
    expect(ran.stderr).toContain('.hidden, README.md, a, b, c and 2 more')
    expect(contents(folder)).toEqual(before)
  })

  it.each(['file', 'file/lab', 'broken'])('%s is not a folder', async (name) => {
    const { folder, env } = makeScene()
    writeFileSync(path.join(folder, 'file'), 'mine')
    symlinkSync('nowhere', path.join(folder, 'broken'))
    const ran = await make(name, folder, env)
    expect(ran).toMatchObject({ code: 3, stderr: expect.stringContaining('not a folder') })
    expect(entries(folder)).toEqual(['broken', 'file'])
  })
})

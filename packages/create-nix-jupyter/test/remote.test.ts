import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { contents, entries, run } from '../../../tests/support/program.ts'
import { FILES, make, makeForgeScene } from '../../../tests/support/remote.ts'
import { git, makeScene } from '../../../tests/support/world.ts'

const record = (directory: string) => JSON.parse(readFileSync(path.join(directory, 'lab/.nix-jupyter.json'), 'utf8'))

describe('a template from elsewhere', () => {
  it('comes from GitHub, is filled in, and its commit is recorded', async () => {
    const { directory, env, forge } = await makeForgeScene()
    const commit = forge.repository('ada/wine', FILES)
    const { code, stdout, stderr } = await make(directory, env, '-t', 'ada/wine')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`--template 'ada/wine#${commit}'`)
    expect(record(directory).template).toBe(`ada/wine#${commit}`)
    expect(contents(path.join(directory, 'lab'))).toMatchObject({
      'flake.nix': '{ description = "lab"; }\n',
      start: '#!/bin/sh\necho lab\n',
      'README.md': '# lab with Python 3.13\n\nUse {{other}} and {{ github.ref }}.\n',
    })
    expect(statSync(path.join(directory, 'lab/start')).mode & 0o777).toBe(0o755)
    expect(git(path.join(directory, 'lab'), 'status', '--porcelain')).toBe('')
  })

  it.each([
    ['gitlab:ada/wine', 'gitlab.com/ada/wine/'],
    ['bitbucket:ada/wine', 'bitbucket.org/ada/wine/'],
    ['git.sr.ht/~ada/wine', 'git.sr.ht/~ada/wine/'],
    ['https://github.com/ada/wine', 'github.com/ada/wine/'],
    ['https://github.com/ada/wine/tree/main/inner', 'github.com/ada/wine/'],
  ])(
    'I6: comes from %s, through the proxy and with the certificate that the user has set for git',
    async (address, asked) => {
      const { directory, env, forge } = await makeForgeScene()
      forge.repository(address.includes('~') ? '~ada/wine' : 'ada/wine', FILES)
      expect(await make(directory, env, '-t', address)).toMatchObject({ code: 0, stderr: '' })
      expect(forge.requests[0]).toContain(asked)
    },
  )

  it('comes from a group in a group on GitLab, where a path does not say where the group ends', async () => {
    const { directory, env, forge } = await makeForgeScene()
    const commit = forge.repository('ada/cellar/wine', FILES)
    expect(await make(directory, env, '-t', 'gitlab:ada/cellar/wine/inner')).toMatchObject({ code: 0 })
    expect(record(directory).template).toBe(`gitlab:ada/cellar/wine/inner#${commit}`)
  })

  it('comes from a directory and a branch, a tag, a commit or its beginning', async () => {
    const { directory, env, forge } = await makeForgeScene()
    const commit = forge.repository('ada/wine', FILES)
    const repository = path.join(forge.root, 'ada/wine')
    git(repository, '-c', 'user.name=A', '-c', 'user.email=a@b', 'tag', '-a', 'v1', '-m', 'one')
    for (const [index, ref] of ['main', 'v1', commit, commit.slice(0, 9)].entries()) {
      const ran = await run([`lab${index}`, '-y', '--trust', '-t', `ada/wine/inner#${ref}`], directory, env)
      expect(ran).toMatchObject({ code: 0 })
      expect(readFileSync(path.join(directory, `lab${index}/flake.nix`), 'utf8')).toBe('{ inner = true; }\n')
      expect(ran.stdout).toContain(commit)
    }
  })

  it('I7: a branch named like a commit is not taken for it', async () => {
    const { directory, env, forge } = await makeForgeScene()
    const commit = forge.repository('ada/wine', FILES)
    const repository = path.join(forge.root, 'ada/wine')
    writeFileSync(path.join(repository, 'README.md'), 'another\n')
    git(repository, '-c', 'user.name=A', '-c', 'user.email=a@b', 'commit', '-qam', 'another')
    git(repository, 'update-ref', `refs/heads/${commit}`, 'HEAD')
    expect(await make(directory, env, '-t', `ada/wine#${commit}`)).toMatchObject({ code: 0 })
    expect(contents(path.join(directory, 'lab'))['README.md']).toContain('# lab with')
    expect(record(directory).template).toBe(`ada/wine#${commit}`)
  })

  it('I6: comes, when it is private, with the credentials that the user has set for git', async () => {
    const { directory, env, forge } = await makeForgeScene()
    const commit = forge.repository('ada/secret', FILES)
    forge.guard(`Basic ${Buffer.from('ada:s3cret').toString('base64')}`)
    const asked = await make(directory, env, '-t', 'ada/secret/inner')
    expect(asked).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('git ls-remote must work') })
    const helper = '!f() { echo username=ada; echo password=s3cret; }; f'
    writeFileSync(path.join(env.HOME ?? '', '.gitconfig'), `[credential]\n\thelper = "${helper}"\n`)
    expect(await make(directory, env, '-t', 'ada/secret/inner')).toMatchObject({ code: 0 })
    expect(record(directory).template).toBe(`ada/secret/inner#${commit}`)
    expect(entries(path.join(directory, 'lab'))).toEqual(['.git', '.nix-jupyter.json', 'flake.nix'])
  })

  it('I6: comes over ssh, with the command that the user has set for it', async () => {
    const { directory, env, forge } = await makeForgeScene()
    forge.repository('ada/wine', FILES)
    const ssh = path.join(forge.root, 'ssh')
    writeFileSync(ssh, `#!/bin/sh\necho "$@" >> ${ssh}.log\ncd ${forge.root} && exec git upload-pack ada/wine\n`, {
      mode: 0o755,
    })
    const ran = await make(directory, { ...env, GIT_SSH_COMMAND: ssh }, '-t', 'git@github.com:ada/wine')
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(readFileSync(`${ssh}.log`, 'utf8')).toContain("git-upload-pack '/ada/wine'")
  })

  it('comes from a directory on this machine', async () => {
    const { directory, env } = makeScene()
    mkdirSync(path.join(directory, 'mine'))
    writeFileSync(path.join(directory, 'mine/flake.nix'), '{ description = "{{name}}"; }\n')
    expect(await make(directory, env, '-t', './mine')).toMatchObject({ code: 0 })
    expect(readFileSync(path.join(directory, 'lab/flake.nix'), 'utf8')).toBe('{ description = "lab"; }\n')
  })

  it('C4: comes from a git checkout on this machine, as it lies there: what git ignores is not part of it', async () => {
    const { directory, env } = makeScene()
    const mine = path.join(directory, 'mine')
    mkdirSync(path.join(mine, '.venv/bin'), { recursive: true })
    writeFileSync(path.join(mine, 'flake.nix'), '{ }\n')
    writeFileSync(path.join(mine, '.gitignore'), '.venv\n')
    symlinkSync('/usr/bin/python3', path.join(mine, '.venv/bin/python'))
    git(mine, 'init', '-q')
    git(mine, 'add', '.')
    writeFileSync(path.join(mine, 'flake.nix'), '{ changed = true; }\n')
    writeFileSync(path.join(mine, 'new.txt'), 'new\n')
    expect(await make(directory, env, '-t', './mine')).toMatchObject({ code: 0 })
    expect(entries(path.join(directory, 'lab'))).toEqual([
      '.git',
      '.gitignore',
      '.nix-jupyter.json',
      'flake.nix',
      'new.txt',
    ])
    expect(readFileSync(path.join(directory, 'lab/flake.nix'), 'utf8')).toBe('{ changed = true; }\n')
  })

  it('--offline takes it from the cache, by the ref or by the recorded commit; what is not there is exit 4', async () => {
    const { directory, env, forge } = await makeForgeScene()
    const commit = forge.repository('ada/wine', FILES)
    const offline = ['-y', '--trust', '--offline', '-t']
    expect(await run(['lab', ...offline, 'ada/wine'], directory, env)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('not in the cache'),
    })
    expect(await run(['first', '-y', '--trust', '-t', 'ada/wine'], directory, env)).toMatchObject({ code: 0 })
    forge.requests.length = 0
    expect(await run(['lab', ...offline, 'ada/wine'], directory, env)).toMatchObject({ code: 0, stderr: '' })
    expect(contents(path.join(directory, 'lab')).start).toBe('#!/bin/sh\necho lab\n')
    expect(await run(['again', ...offline, `ada/wine/inner#${commit}`], directory, env)).toMatchObject({ code: 0 })
    expect(await run(['never', ...offline, `ada/wine#${'0'.repeat(40)}`], directory, env)).toMatchObject({ code: 4 })
    // A commit is the same for ever: nobody has to be asked for one that is there.
    expect(await run(['pinned', '-y', '--trust', '-t', `ada/wine#${commit}`], directory, env)).toMatchObject({
      code: 0,
    })
    expect(forge.requests).toEqual([])
  })

  it('I12: without a ./start it is not told to start', async () => {
    const { directory, env } = makeScene()
    mkdirSync(path.join(directory, 'mine'))
    writeFileSync(path.join(directory, 'mine/flake.nix'), '{ }\n')
    const { stdout } = await make(directory, env, '-t', './mine')
    expect(stdout).toContain('nix develop')
    expect(stdout).not.toContain('./start')
  })

  it('escapes what it fills in', async () => {
    const { directory, env } = makeScene()
    const here = path.join(directory, 'it is <b>')
    mkdirSync(here)
    mkdirSync(path.join(directory, 'mine'))
    writeFileSync(path.join(directory, 'mine/flake.nix'), '{ description = "{{name}}"; }\n')
    writeFileSync(path.join(directory, 'mine/README.md'), '{{name}}\n')
    expect(await run(['.', '-y', '--trust', '-t', '../mine'], here, env)).toMatchObject({ code: 0 })
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
    const { directory, env } = makeScene()
    mkdirSync(path.join(directory, name))
    mkdirSync(path.join(directory, 'mine'))
    writeFileSync(path.join(directory, 'mine/flake.nix'), '{ }\n')
    writeFileSync(path.join(directory, 'mine', file), content)
    const ran = await run(['.', '-y', '--trust', '-t', '../mine'], path.join(directory, name), env)
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining(file) })
    expect(entries(path.join(directory, name))).toEqual([])
  })
})

import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { entries, expectWhole, run } from '../../../tests/support/program.ts'
import { git, makeScene } from '../../../tests/support/world.ts'

const record = (folder: string) => JSON.parse(readFileSync(path.join(folder, '.nix-jupyter.json'), 'utf8'))
const tracked = (folder: string) => git(folder, 'ls-files').split('\n').sort()
const expected = (folder: string) => [...Object.keys(record(folder).files), '.nix-jupyter.json'].sort()

/** A folder with nothing of the system's on it but the programs that are named. */
function pathWith(folder: string, ...programs: string[]): string {
  const bin = path.join(path.dirname(folder), 'bin')
  mkdirSync(bin)
  for (const program of programs) symlinkSync(`/usr/bin/${program}`, path.join(bin, program))
  return bin
}

describe('outside a repository', () => {
  it('the project has one of its own: branch main, everything tracked, one commit, nothing left to add', async () => {
    const { folder, env } = makeScene()
    const { stdout } = await run(['lab', '--yes'], folder, env)
    const lab = path.join(folder, 'lab')
    expect(stdout).toContain('on branch main, with a first commit')
    expect(git(lab, 'symbolic-ref', 'HEAD')).toBe('refs/heads/main')
    expect(git(lab, 'log', '--format=%an %s')).toBe('Ada Start lab with create-nix-jupyter')
    expect(tracked(lab)).toEqual(expected(lab))
    expect(git(lab, 'status', '--porcelain')).toBe('')
    expect(git(lab, 'ls-files', '--stage', 'start')).toMatch(/^100755/)
    await expectWhole(lab)
  })

  it('without an identity nothing is committed, and that is said', async () => {
    const { folder, env } = makeScene()
    const nobody = Object.fromEntries(Object.entries(env).filter(([name]) => !/^GIT_(AUTHOR|COMMITTER)/.test(name)))
    const { code, stdout } = await run(['lab', '--yes'], folder, { ...nobody, EMAIL: '' })
    expect(code).toBe(0)
    expect(stdout).toMatch(/Nothing is committed yet:\n {2}git does not know your name yet/)
    // G6: after cd, and with the identity that git asks for.
    const steps = stdout.slice(stdout.indexOf('Next:'))
    expect(steps).toMatch(/cd lab\n[\s\S]*\.\/start\n[\s\S]*user\.name[\s\S]*user\.email[\s\S]*git commit -m "Start"/)
    expect(tracked(path.join(folder, 'lab'))).toEqual(expected(path.join(folder, 'lab')))
  })

  it("the user's own settings change nothing", async () => {
    const { folder, env } = makeScene()
    const home = env.HOME ?? ''
    mkdirSync(path.join(home, 'template/hooks'), { recursive: true })
    mkdirSync(path.join(home, 'hooks'))
    for (const hook of ['template/hooks/pre-commit', 'hooks/pre-commit', 'hooks/post-commit', 'hooks/commit-msg']) {
      writeFileSync(path.join(home, hook), `#!/bin/sh\ntouch ${home}/ran\nexit 1\n`)
      chmodSync(path.join(home, hook), 0o755)
    }
    writeFileSync(path.join(home, 'ignored'), 'flake.nix\n*.lock\n.envrc\n')
    const settings = {
      'core.autocrlf': 'true',
      'core.safecrlf': 'true',
      'core.fileMode': 'false',
      'core.hooksPath': path.join(home, 'hooks'),
      'core.excludesFile': path.join(home, 'ignored'),
      'commit.gpgSign': 'true',
      'user.signingKey': 'nobody',
      'init.templateDir': path.join(home, 'template'),
      'init.defaultBranch': 'trunk',
      'core.editor': 'false',
      'commit.template': '/nowhere',
    }
    for (const [key, value] of Object.entries(settings))
      git(folder, 'config', '--file', path.join(home, '.gitconfig'), key, value)
    const { stdout } = await run(['lab', '--yes'], folder, env)
    const lab = path.join(folder, 'lab')
    expect(stdout).toContain('with a first commit')
    expect(git(lab, 'symbolic-ref', '--short', 'HEAD')).toBe('main')
    expect(tracked(lab)).toEqual(expected(lab))
    expect(git(lab, 'ls-files', '--stage', 'start')).toMatch(/^100755/)
    expect(existsSync(path.join(home, 'ran'))).toBe(false)
    await expectWhole(lab)
  })

  it('variables that point git elsewhere are not followed', async () => {
    const { folder, env } = makeScene()
    const other = path.join(folder, 'other')
    mkdirSync(other)
    git(other, 'init', '-q')
    const misleading = {
      GIT_DIR: path.join(other, '.git'),
      GIT_WORK_TREE: other,
      GIT_INDEX_FILE: path.join(other, 'index'),
      GIT_OBJECT_DIRECTORY: path.join(other, 'objects'),
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.bare',
      GIT_CONFIG_VALUE_0: 'true',
      GIT_DEFAULT_HASH: 'sha256',
    }
    await run(['lab', '--yes'], folder, { ...env, ...misleading })
    expect(tracked(path.join(folder, 'lab'))).toEqual(expected(path.join(folder, 'lab')))
    expect(git(path.join(folder, 'lab'), 'rev-parse', 'HEAD')).toHaveLength(40)
    expect(entries(other)).toEqual(['.git'])
  })

  it('--no-git makes none, and says what follows', async () => {
    const { folder, env } = makeScene()
    const { stdout } = await run(['lab', '--yes', '--no-git'], folder, env)
    expect(stdout).toContain('No git repository (--no-git). Nix then copies the whole directory')
    expect(existsSync(path.join(folder, 'lab/.git'))).toBe(false)
  })

  it('with no git on the machine the project is made, and the last lines say what to do', async () => {
    const { folder, env } = makeScene()
    const ran = await run(['lab', '--yes'], folder, { ...env, PATH: pathWith(folder, 'env') })
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toContain('Git is not installed')
    expect(ran.stdout).toContain('git init && git add .')
    await expectWhole(path.join(folder, 'lab'))
    expect(existsSync(path.join(folder, 'lab/.git'))).toBe(false)
  })

  it('with a git that fails the project is made, and git is quoted', async () => {
    const { folder, env } = makeScene()
    const bin = pathWith(folder)
    writeFileSync(path.join(bin, 'git'), '#!/bin/sh\necho "fatal: on strike" >&2\nexit 128\n')
    chmodSync(path.join(bin, 'git'), 0o755)
    const ran = await run(['lab', '--yes'], folder, { ...env, PATH: `${bin}:${env.PATH}` })
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('Git did not work:\n  fatal: on strike') })
    await expectWhole(path.join(folder, 'lab'))
    expect(entries(folder)).toEqual(['lab'])
  })
})

describe('inside a repository', () => {
  const outer = (folder: string) => {
    git(folder, 'init', '-q')
    writeFileSync(path.join(folder, 'mine'), '1')
    git(folder, 'add', 'mine')
    writeFileSync(path.join(folder, 'mine'), '2')
    writeFileSync(path.join(folder, 'untracked'), '3')
  }

  it.each(['lab', 'labs/deep/lab'])(
    'no other one is made in %s; its files are added, and nothing else',
    async (name) => {
      const { folder, env } = makeScene()
      outer(folder)
      const { stdout } = await run([name, '--yes'], folder, env)
      expect(stdout).toContain(`added to the git repository ${folder}`)
      expect(existsSync(path.join(folder, name, '.git'))).toBe(false)
      const files = expected(path.join(folder, name)).map((file) => `${name}/${file}`)
      expect(tracked(folder)).toEqual([...files, 'mine'].sort())
      expect(git(folder, 'diff', '--name-only')).toBe('mine')
      expect(git(folder, 'ls-files', '--others')).toBe('untracked')
    },
  )

  it('a clone without files is filled, and its .git kept', async () => {
    const { folder, env } = makeScene()
    git(folder, 'init', '-q', '--initial-branch=trunk')
    git(folder, 'remote', 'add', 'origin', 'https://example.org/x.git')
    await run(['.', '--yes'], folder, env)
    expect(git(folder, 'remote')).toBe('origin')
    expect(git(folder, 'symbolic-ref', '--short', 'HEAD')).toBe('trunk')
    expect(tracked(folder)).toEqual(expected(folder))
    await expectWhole(folder)
  })

  it('a worktree, where .git is a file, counts as one', async () => {
    const { folder, env } = makeScene()
    const [main, tree] = [path.join(folder, 'main'), path.join(folder, 'tree')]
    mkdirSync(main)
    git(main, 'init', '-q')
    git(main, '-c', 'user.name=A', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'x')
    git(main, 'worktree', 'add', '-q', tree)
    const { stdout } = await run(['lab', '--yes'], tree, env)
    expect(stdout).toContain(`added to the git repository ${tree}`)
    expect(existsSync(path.join(tree, 'lab/.git'))).toBe(false)
  })

  it('that ignores the folder: the project has one of its own, and that is said', async () => {
    const { folder, env } = makeScene()
    outer(folder)
    writeFileSync(path.join(folder, '.gitignore'), '/labs/\n')
    const { stdout } = await run(['labs/lab', '--yes'], folder, env)
    expect(stdout).toContain(`The git repository ${folder} ignores this`)
    expect(tracked(path.join(folder, 'labs/lab'))).toEqual(expected(path.join(folder, 'labs/lab')))
    expect(tracked(folder)).toEqual(['mine'])
  })

  it.each(['lab', '.'])('--no-git leaves it alone, and says what Nix will need: %s', async (directory) => {
    const { folder, env } = makeScene()
    outer(folder)
    const { stdout } = await run([directory, '--yes', '--no-git', '--on-conflict', 'keep'], folder, env)
    const lab = path.join(folder, directory)
    expect(tracked(folder)).toEqual(['mine'])
    const [, command = ''] = /only after: (.*)/.exec(stdout) ?? []
    execFileSync('sh', ['-c', command], { cwd: folder, env })
    expect(tracked(lab)).toEqual(expect.arrayContaining(expected(lab)))
  })

  it('that cannot be written: the project is made, and git is quoted', async () => {
    const { folder, env } = makeScene()
    outer(folder)
    writeFileSync(path.join(folder, '.git/index.lock'), '')
    const ran = await run(['lab', '--yes'], folder, env)
    expect(ran.code).toBe(0)
    expect(ran.stdout).toContain('could not be added')
    expect(ran.stdout).toContain('index.lock')
    await expectWhole(path.join(folder, 'lab'))
  })

  it('an empty folder called .git above is no repository', async () => {
    const { folder, env } = makeScene()
    mkdirSync(path.join(folder, '.git'))
    await run(['lab', '--yes'], folder, env)
    expect(git(path.join(folder, 'lab'), 'rev-parse', '--show-toplevel')).toBe(path.join(folder, 'lab'))
  })
})

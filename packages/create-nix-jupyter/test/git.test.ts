import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { entries, expectWhole, run } from '../../../tests/support/program.ts'
import { git, makeScene } from '../../../tests/support/world.ts'

const record = (directory: string) => JSON.parse(readFileSync(path.join(directory, '.nix-jupyter.json'), 'utf8'))
const tracked = (directory: string) => git(directory, 'ls-files').split('\n').sort()
const expected = (directory: string) => [...Object.keys(record(directory).files), '.nix-jupyter.json'].sort()

/** A directory with nothing of the system's on it but the programs that are named. */
function pathWith(directory: string, ...programs: string[]): string {
  const bin = path.join(path.dirname(directory), 'bin')
  mkdirSync(bin)
  for (const program of programs) symlinkSync(`/usr/bin/${program}`, path.join(bin, program))
  return bin
}

describe('outside a repository', () => {
  it('the project has one of its own: branch main, everything tracked, one commit, nothing left to add', async () => {
    const { directory, env } = makeScene()
    const { stdout } = await run(['lab', '--yes'], directory, env)
    const lab = path.join(directory, 'lab')
    expect(stdout).toContain('on branch main, with a first commit')
    expect(git(lab, 'symbolic-ref', 'HEAD')).toBe('refs/heads/main')
    expect(git(lab, 'log', '--format=%an %s')).toBe('Ada Start lab with create-nix-jupyter')
    expect(tracked(lab)).toEqual(expected(lab))
    expect(git(lab, 'status', '--porcelain')).toBe('')
    expect(git(lab, 'ls-files', '--stage', 'start')).toMatch(/^100755/)
    await expectWhole(lab)
  })

  it('without an identity nothing is committed, and that is said', async () => {
    const { directory, env } = makeScene()
    const nobody = Object.fromEntries(Object.entries(env).filter(([name]) => !/^GIT_(AUTHOR|COMMITTER)/.test(name)))
    const { code, stdout } = await run(['lab', '--yes'], directory, { ...nobody, EMAIL: '' })
    expect(code).toBe(0)
    expect(stdout).toMatch(/Nothing is committed yet:\n {2}git does not know your name yet/)
    // G6: after cd, and with the identity that git asks for.
    const steps = stdout.slice(stdout.indexOf('Next:'))
    expect(steps).toMatch(/cd lab\n[\s\S]*\.\/start\n[\s\S]*user\.name[\s\S]*user\.email[\s\S]*git commit -m "Start"/)
    expect(tracked(path.join(directory, 'lab'))).toEqual(expected(path.join(directory, 'lab')))
  })

  it("the user's own settings change nothing", async () => {
    const { directory, env } = makeScene()
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
      git(directory, 'config', '--file', path.join(home, '.gitconfig'), key, value)
    const { stdout } = await run(['lab', '--yes'], directory, env)
    const lab = path.join(directory, 'lab')
    expect(stdout).toContain('with a first commit')
    expect(git(lab, 'symbolic-ref', '--short', 'HEAD')).toBe('main')
    expect(tracked(lab)).toEqual(expected(lab))
    expect(git(lab, 'ls-files', '--stage', 'start')).toMatch(/^100755/)
    expect(existsSync(path.join(home, 'ran'))).toBe(false)
    await expectWhole(lab)
  })

  it('variables that point git elsewhere are not followed', async () => {
    const { directory, env } = makeScene()
    const other = path.join(directory, 'other')
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
    await run(['lab', '--yes'], directory, { ...env, ...misleading })
    expect(tracked(path.join(directory, 'lab'))).toEqual(expected(path.join(directory, 'lab')))
    expect(git(path.join(directory, 'lab'), 'rev-parse', 'HEAD')).toHaveLength(40)
    expect(entries(other)).toEqual(['.git'])
  })

  it('--no-git makes none, and says what follows', async () => {
    const { directory, env } = makeScene()
    const { stdout } = await run(['lab', '--yes', '--no-git'], directory, env)
    expect(stdout).toContain('No git repository (--no-git). Nix then copies the whole directory')
    expect(existsSync(path.join(directory, 'lab/.git'))).toBe(false)
  })

  it('with no git on the machine the project is made, and the last lines say what to do', async () => {
    const { directory, env } = makeScene()
    const ran = await run(['lab', '--yes'], directory, { ...env, PATH: pathWith(directory, 'env') })
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toContain('Git is not installed')
    expect(ran.stdout).toContain('git init && git add .')
    await expectWhole(path.join(directory, 'lab'))
    expect(existsSync(path.join(directory, 'lab/.git'))).toBe(false)
  })

  it('with a git that fails the project is made, and git is quoted', async () => {
    const { directory, env } = makeScene()
    const bin = pathWith(directory)
    writeFileSync(path.join(bin, 'git'), '#!/bin/sh\necho "fatal: on strike" >&2\nexit 128\n')
    chmodSync(path.join(bin, 'git'), 0o755)
    const ran = await run(['lab', '--yes'], directory, { ...env, PATH: `${bin}:${env.PATH}` })
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('Git did not work:\n  fatal: on strike') })
    await expectWhole(path.join(directory, 'lab'))
    expect(entries(directory)).toEqual(['lab'])
  })
})

describe('inside a repository', () => {
  const outer = (directory: string) => {
    git(directory, 'init', '-q')
    writeFileSync(path.join(directory, 'mine'), '1')
    git(directory, 'add', 'mine')
    writeFileSync(path.join(directory, 'mine'), '2')
    writeFileSync(path.join(directory, 'untracked'), '3')
  }

  it.each(['lab', 'labs/deep/lab'])(
    'no other one is made in %s; its files are added, and nothing else',
    async (name) => {
      const { directory, env } = makeScene()
      outer(directory)
      const { stdout } = await run([name, '--yes'], directory, env)
      expect(stdout).toContain(`added to the git repository ${directory}`)
      expect(existsSync(path.join(directory, name, '.git'))).toBe(false)
      const files = expected(path.join(directory, name)).map((file) => `${name}/${file}`)
      expect(tracked(directory)).toEqual([...files, 'mine'].sort())
      expect(git(directory, 'diff', '--name-only')).toBe('mine')
      expect(git(directory, 'ls-files', '--others')).toBe('untracked')
    },
  )

  it('a clone without files is filled, and its .git kept', async () => {
    const { directory, env } = makeScene()
    git(directory, 'init', '-q', '--initial-branch=trunk')
    git(directory, 'remote', 'add', 'origin', 'https://example.org/x.git')
    await run(['.', '--yes'], directory, env)
    expect(git(directory, 'remote')).toBe('origin')
    expect(git(directory, 'symbolic-ref', '--short', 'HEAD')).toBe('trunk')
    expect(tracked(directory)).toEqual(expected(directory))
    await expectWhole(directory)
  })

  it('a worktree, where .git is a file, counts as one', async () => {
    const { directory, env } = makeScene()
    const [main, tree] = [path.join(directory, 'main'), path.join(directory, 'tree')]
    mkdirSync(main)
    git(main, 'init', '-q')
    git(main, '-c', 'user.name=A', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'x')
    git(main, 'worktree', 'add', '-q', tree)
    const { stdout } = await run(['lab', '--yes'], tree, env)
    expect(stdout).toContain(`added to the git repository ${tree}`)
    expect(existsSync(path.join(tree, 'lab/.git'))).toBe(false)
  })

  it('that ignores the directory: the project has one of its own, and that is said', async () => {
    const { directory, env } = makeScene()
    outer(directory)
    writeFileSync(path.join(directory, '.gitignore'), '/labs/\n')
    const { stdout } = await run(['labs/lab', '--yes'], directory, env)
    expect(stdout).toContain(`The git repository ${directory} ignores this`)
    expect(tracked(path.join(directory, 'labs/lab'))).toEqual(expected(path.join(directory, 'labs/lab')))
    expect(tracked(directory)).toEqual(['mine'])
  })

  it.each(['lab', '.'])('--no-git leaves it alone, and says what Nix will need: %s', async (given) => {
    const { directory, env } = makeScene()
    outer(directory)
    const { stdout } = await run([given, '--yes', '--no-git', '--on-conflict', 'keep'], directory, env)
    const lab = path.join(directory, given)
    expect(tracked(directory)).toEqual(['mine'])
    const [, command = ''] = /only after: (.*)/.exec(stdout) ?? []
    execFileSync('sh', ['-c', command], { cwd: directory, env })
    expect(tracked(lab)).toEqual(expect.arrayContaining(expected(lab)))
  })

  it('that cannot be written: the project is made, and git is quoted', async () => {
    const { directory, env } = makeScene()
    outer(directory)
    writeFileSync(path.join(directory, '.git/index.lock'), '')
    const ran = await run(['lab', '--yes'], directory, env)
    expect(ran.code).toBe(0)
    expect(ran.stdout).toContain('could not be added')
    expect(ran.stdout).toContain('index.lock')
    await expectWhole(path.join(directory, 'lab'))
  })

  it('an empty directory called .git above is no repository', async () => {
    const { directory, env } = makeScene()
    mkdirSync(path.join(directory, '.git'))
    await run(['lab', '--yes'], directory, env)
    expect(git(path.join(directory, 'lab'), 'rev-parse', '--show-toplevel')).toBe(path.join(directory, 'lab'))
  })
})

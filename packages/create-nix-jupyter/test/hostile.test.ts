import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { commit, type RawEntry, rawRepository, writeTree } from '../../../tests/support/objects.ts'
import { entries } from '../../../tests/support/program.ts'
import { make, makeForgeScene } from '../../../tests/support/remote.ts'
import { git, makeScene } from '../../../tests/support/world.ts'

const GOOD: RawEntry = { path: 'flake.nix', content: '{ }\n' }
const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 9\n`

describe('C3, I15: a hostile commit is refused as a whole: exit 1, the path is named, nothing made, nothing in the cache', () => {
  const hostile: [string, RawEntry[], string][] = [
    ['a path that leaves', [{ path: '../../evil' }], '../../evil is a path that leaves'],
    ['a path that leaves from within', [{ path: 'a/../../evil' }], 'a/../../evil is a path that leaves'],
    ['a symbolic link', [{ path: 'link', mode: '120000', content: '/etc/passwd' }], 'link is a symbolic link'],
    ['a submodule', [{ path: 'other', mode: '160000' }], 'other is a submodule'],
    ['.git', [{ path: '.git/hooks/post-checkout', mode: '100755' }], '.git/hooks/post-checkout belongs to git'],
    ['.git below', [{ path: 'sub/.GIT/config' }], 'sub/.GIT/config belongs to git'],
    ['.git of Windows', [{ path: 'git~1/config' }], 'git~1/config belongs to git'],
    ['.git of Windows, with a dot', [{ path: '.git. /config' }], 'belongs to git'],
    ['.git of macOS', [{ path: '.g\u200cit/config' }], 'belongs to git'],
    ['EJS', [{ path: 'a.md.ejs', content: '<% process.exit() %>' }], 'a.md.ejs is EJS, which is code'],
    ['a name of ours', [{ path: '.create-nix-jupyter-moving/journal' }], 'this program reserves'],
    ['our record in capitals', [{ path: '.Nix-Jupyter.json' }], 'this program reserves'],
    ['a control character', [{ path: 'a\u001b[2J' }], 'a\\u{1b}[2J has a character in its name'],
    ['a name that turns around', [{ path: 'a\u202etxt.sh' }], 'a\\u{202e}txt.sh has a character in its name'],
    ['I15: not UTF-8', [{ path: Buffer.from([0x61, 0xe9]) }], 'is not UTF-8'],
    ['I15: a name of 300 bytes', [{ path: 'y'.repeat(300) }], 'a name that is too long'],
    [
      'I15: a path of 2,000 bytes',
      [{ path: `${'y'.repeat(200)}/`.repeat(10).slice(0, -1) }],
      'a path that is too long',
    ],
    ['I15: 40 directories', [{ path: `${'a/'.repeat(40)}b` }], 'is nested deeper than 32 directories'],
    ['I15: a file below a file', [{ path: 'a' }, { path: 'a/b' }], 'a is a file, and has a file below it'],
    ['I15: a file twice', [GOOD], 'flake.nix is in it twice'],
    ['capitals', [{ path: 'a' }, { path: 'A' }], 'a and A are one file on some disks'],
    ['directories in capitals', [{ path: 'a/x' }, { path: 'A/y' }], 'a and A are one file on some disks'],
    ['composed or not', [{ path: 'n/\u00e9' }, { path: 'n/e\u0301' }], 'are one file on some disks'],
    ['a ligature', [{ path: '\ufb01x' }, { path: 'fix' }], 'are one file on some disks'],
    ['a device of Windows', [{ path: 'docs/aux.md' }], 'docs/aux.md has a name that not every system accepts'],
    ['a dot at the end', [{ path: 'a.' }], 'not every system accepts'],
    ['a backslash', [{ path: 'a\\b' }], 'not every system accepts'],
    ['a stream of Windows', [{ path: 'a:b' }], 'not every system accepts'],
    ['I7: an LFS pointer', [{ path: 'data/big.csv', content: POINTER }], 'data/big.csv is a Git LFS pointer'],
    ['a large file', [{ path: 'zeros', content: Buffer.alloc(11 * 1024 * 1024) }], 'zeros is larger than 10 MB'],
    [
      'large files',
      [1, 2, 3].map((n) => ({ path: `zeros${n}`, content: Buffer.alloc(7 * 1024 * 1024, n) })),
      'it is larger than 20 MB',
    ],
    ['no flake.nix but a link', [], 'it has no flake.nix'],
  ]

  it.each(hostile)('%s', async (_, extra, reason) => {
    const { directory, env, forge } = await makeForgeScene()
    rawRepository(path.join(forge.root, 'ada/wine'), extra.length > 0 ? [GOOD, ...extra] : [{ path: 'README.md' }])
    const ran = await make(directory, env, '-t', 'ada/wine')
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toContain(reason)
    expect(entries(directory)).toEqual([])
    expect(await make(directory, env, '-t', 'ada/wine', '--offline')).toMatchObject({ code: 4 })
  })

  it('I15: a tree of ten trees of ten trees, whose list would never end', async () => {
    const { directory, env, forge } = await makeForgeScene()
    const repository = path.join(forge.root, 'ada/wine')
    rawRepository(repository, [GOOD])
    let tree = git(repository, 'rev-parse', 'HEAD^{tree}')
    for (let level = 0; level < 10; level++) {
      const below = tree
      tree = writeTree(
        repository,
        [...'abcdefghij'].map((name) => ['40000', name, below] as const),
      )
    }
    commit(repository, tree)
    const ran = await make(directory, env, '-t', 'ada/wine')
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('more than 2000 files') })
    expect(entries(directory)).toEqual([])
  })

  it('a link outside the directory that is wanted is no danger, and no reason', async () => {
    const { directory, env, forge } = await makeForgeScene()
    const link: RawEntry = { path: 'a', mode: '120000', content: 'b' }
    rawRepository(path.join(forge.root, 'ada/wine'), [link, { path: 'inner/flake.nix', content: '{ }\n' }])
    expect(await make(directory, env, '-t', 'ada/wine/inner')).toMatchObject({ code: 0 })
    expect(entries(path.join(directory, 'lab'))).toEqual(['.git', '.nix-jupyter.json', 'flake.nix'])
  })

  it('a directory that is a link is no directory', async () => {
    const { directory, env, forge } = await makeForgeScene()
    rawRepository(path.join(forge.root, 'ada/wine'), [GOOD, { path: 'inner', mode: '120000', content: '/etc' }])
    expect(await make(directory, env, '-t', 'ada/wine/inner')).toMatchObject({ code: 2 })
  })

  it('a link, .git, a set-uid bit in a directory on this machine', async () => {
    const { directory, env } = makeScene()
    const mine = path.join(directory, 'mine')
    const attempts: [string, () => void][] = [
      ['an empty directory', () => mkdirSync(path.join(mine, 'data'))],
      ['not UTF-8', () => writeFileSync(Buffer.concat([Buffer.from(`${mine}/`), Buffer.from([0xe9])]), '')],
      ['empty directory', () => mkdirSync(path.join(mine, '.create-nix-jupyter-moving'))],
      ['this program reserves', () => writeFileSync(path.join(mine, '.create-nix-jupyter-moving'), '')],
      ['symbolic link', () => symlinkSync('/etc/passwd', path.join(mine, 'x'))],
      ['not a regular file', () => execFileSync('mkfifo', [path.join(mine, 'x')])],
      ['belongs to git', () => git(mine, 'init', '-q', 'inner')],
      ['permissions of another', () => chmodSync(path.join(mine, 'flake.nix'), 0o4755)],
    ]
    for (const [reason, prepare] of attempts) {
      execFileSync('rm', ['-rf', mine])
      mkdirSync(mine)
      writeFileSync(path.join(mine, 'flake.nix'), '{ }\n')
      prepare()
      const ran = await make(directory, env, '-t', './mine')
      expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining(reason) })
      expect(entries(directory)).toEqual(['mine'])
    }
  })
})

describe('what the user has set for git runs nothing, and changes nothing', () => {
  it('I7: a filter, a hook, a template of git init', async () => {
    const { directory, env, forge } = await makeForgeScene()
    rawRepository(path.join(forge.root, 'ada/wine'), [GOOD, { path: '.gitattributes', content: '* filter=evil\n' }])
    const ran = path.join(forge.root, 'ran')
    const hooks = path.join(forge.root, 'hooks')
    mkdirSync(path.join(hooks, 'hooks'), { recursive: true })
    for (const name of ['post-checkout', 'reference-transaction', 'hooks/reference-transaction'])
      writeFileSync(path.join(hooks, name), `#!/bin/sh\ntouch ${ran}\n`, { mode: 0o755 })
    const filter = `touch ${ran}; cat`
    const settings = `[core]\n\thooksPath = ${hooks}\n[init]\n\ttemplateDir = ${hooks}\n[filter "evil"]\n\tsmudge = ${filter}\n`
    writeFileSync(path.join(env.HOME ?? '', '.gitconfig'), settings)
    expect(await make(directory, env, '-t', 'ada/wine', '--no-git')).toMatchObject({ code: 0 })
    expect(entries(forge.root)).not.toContain('ran')
  })
})

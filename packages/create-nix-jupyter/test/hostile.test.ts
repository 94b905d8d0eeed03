import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { entries } from './support/program.js'
import { makeScene } from './support/scene.js'
import { type ArchiveEntry, pack } from './support/tar.mjs'
import { FILES, make, makeForgeScene } from './support/templates.js'

/** A file whose path in the archive has so many bytes, in names of 300 at the most. */
function longName(length: number): ArchiveEntry {
  const content = `wine-1/${length > 300 ? `${'y'.repeat(200)}/`.repeat(length / 200) : 'y'.repeat(length)}z\u0000`
  return { path: '././@LongLink', type: 'L', content }
}

describe('a hostile archive is refused as a whole: exit 1, nothing made, nothing in the cache', () => {
  const good: ArchiveEntry = { path: 'wine-1/flake.nix', content: '{ }\n' }
  const hostile: [string, ArchiveEntry[], string][] = [
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
    ['I15: a name of 300 bytes', [longName(300), { path: 'wine-1/a', content: 'x' }], 'too long'],
    ['I15: a path of 5,000 bytes', [longName(5000), { path: 'wine-1/a', content: 'x' }], 'too long'],
    [
      'I15: a file below a file',
      [
        { path: 'wine-1/a', content: 'x' },
        { path: 'wine-1/a/b', content: 'x' },
      ],
      'a file, and has a file below it',
    ],
    ['I15: a file twice', [good], 'is in it twice'],
    ['a bomb', [{ path: 'wine-1/zeros', content: '\u0000'.repeat(70 * 1024 * 1024) }], 'unpacks to more than 64 MB'],
  ]

  it.each(hostile)('%s', async (_, extra, reason) => {
    const { folder, env, forge } = await makeForgeScene()
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
    const { folder, env, forge } = await makeForgeScene()
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
      ['an empty folder', () => mkdirSync(path.join(mine, 'data'))],
      ['not UTF-8', () => writeFileSync(Buffer.concat([Buffer.from(`${mine}/`), Buffer.from([0xe9])]), '')],
      ['keeps for itself', () => mkdirSync(path.join(mine, '.create-nix-jupyter-moving'))],
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

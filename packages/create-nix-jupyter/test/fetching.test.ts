import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { noMount, notRun } from '../../../tests/support/abilities.ts'
import { entries, run } from '../../../tests/support/program.ts'
import { FILES, make, makeForgeScene } from '../../../tests/support/remote.ts'
import { writeFiles } from '../../../tests/support/versions.ts'
import { git, makeSmallDisk } from '../../../tests/support/world.ts'

const LARGE = {
  ...FILES,
  ...Object.fromEntries([1, 2, 3].map((n) => [`data${n}.csv`, noise(n)])),
}

/** Half a megabyte that no pack makes small, the same every time. */
function noise(seed: number): string {
  let state = seed
  const numbers = Array.from({ length: 60_000 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state
  })
  return numbers.join('\n')
}

const cacheOf = (env: Record<string, string>) => path.join(env.HOME ?? '', '.cache/create-nix-jupyter/templates')

describe('a template that cannot be fetched', () => {
  it.each([
    ['nobody/nothing', 4, 'was not found'],
    ['ada/wine#nowhere', 4, 'was not found'],
    [`ada/wine#${'0'.repeat(40)}`, 4, 'was not found'],
    ['ada/wine/nowhere', 2, 'no such directory'],
    ['ada/empty', 1, 'it has no flake.nix'],
    ['./nowhere', 2, 'There is no directory'],
    [import.meta.filename, 2, 'is not a directory with a template in it.\n  Next: ls '],
    ['file:///srv/it.git#v1', 2, 'Next: git clone --branch v1 file:///srv/it.git my-template '],
    ['git@example.org:a/b', 2, 'Next: git clone git@example.org:a/b my-template '],
    ['ada@school.example:/srv/course.git', 2, 'Next: git clone ada@school.example:/srv/course.git my-template '],
    ['school.example:ada/course#v1', 2, 'Next: git clone --branch v1 school.example:ada/course my-template '],
    ['nimble:x', 2, 'Unknown template "nimble:x"'],
  ])('%s: exit %i', async (address, code, reason) => {
    const { directory, env, forge } = await makeForgeScene()
    forge.repository('ada/wine', FILES)
    forge.repository('ada/empty', { 'README.md': 'x' })
    const ran = await make(directory, env, '-t', address)
    expect(ran).toMatchObject({ code, stdout: '' })
    expect(ran.stderr).toContain(reason)
    expect(entries(directory)).toEqual([])
  })

  it('because it is a bare repository: the command that is printed makes a template of it', async () => {
    const { directory, env } = await makeForgeScene()
    writeFiles(directory, { 'mine/flake.nix': '{ }\n' })
    const mine = path.join(directory, 'mine')
    git(mine, 'init', '-q')
    git(mine, 'add', '.')
    git(mine, '-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-qm', 'one')
    git(directory, 'clone', '-q', '--bare', 'mine', 'bare')
    const ran = await make(directory, env, '-t', './bare')
    expect(ran).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('repository without files') })
    const [, command = ''] = /Next: git (.*) {4}/.exec(ran.stderr) ?? []
    git(directory, ...command.split(' '))
    expect(await make(directory, env, '-t', './my-template')).toMatchObject({ code: 0 })
  })

  it('because there is no way to the site: exit 4, and what git says about the way', async () => {
    const { directory, env, forge } = await makeForgeScene()
    forge.repository('ada/wine', FILES)
    expect(await run(['first', '-y', '--trust', '-t', 'ada/wine'], directory, env)).toMatchObject({ code: 0 })
    forge.close()
    const unknown = await make(directory, env, '-t', 'ada/bread')
    expect(unknown).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('could not be fetched: ') })
    expect(unknown.stderr).toMatch(/proxy|connect|resolve/i)
    expect(unknown.stderr).not.toContain('no such repository')
    const known = await run(['old', '-y', '--trust', '-t', 'ada/wine'], directory, env)
    expect(known).toMatchObject({ code: 0, stderr: expect.stringContaining('using the copy from the cache') })
    expect(entries(directory)).toEqual(['first', 'old'])
  })

  it('half way: exit 4, and the next run is not misled by the half', async () => {
    const { directory, env, forge } = await makeForgeScene()
    forge.repository('ada/wine', LARGE)
    forge.cutAfter(300_000)
    expect(await make(directory, env, '-t', 'ada/wine')).toMatchObject({ code: 4, stdout: '' })
    expect(await make(directory, env, '-t', 'ada/wine', '--offline')).toMatchObject({ code: 4 })
    forge.cutAfter(Number.POSITIVE_INFINITY)
    expect(await make(directory, env, '-t', 'ada/wine')).toMatchObject({ code: 0 })
    expectLarge(directory)
  })

  it('what a server says is shown without its escape codes', async () => {
    const { directory, env, forge } = await makeForgeScene()
    const said = 'go away\u001b[2J\u001b]0;evil\u0007\u202e'
    const packet = (text: string) => `${(Buffer.byteLength(text) + 4).toString(16).padStart(4, '0')}${text}`
    forge.answer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' })
      response.end(`${packet('# service=git-upload-pack\n')}0000${packet(`ERR ${said}`)}`)
    })
    const ran = await make(directory, env, '-t', 'ada/wine')
    expect(ran).toMatchObject({ code: 4, stdout: '' })
    expect(ran.stderr).toContain('go away')
    for (const code of ['\u001b', '\u0007', '\u202e']) expect(ran.stderr).not.toContain(code)
  })
})

describe('I3: what was fetched is what the commit holds, or there is no project', () => {
  it('ulimit -f: exit 1, the disk is named, and nothing is made', async () => {
    const { directory, env, forge } = await makeForgeScene()
    forge.repository('ada/wine', LARGE)
    const limited = ['sh', '-c', 'ulimit -f 100; exec "$0" "$@"']
    const ran = await run(['lab', '--yes', '--trust', '-t', 'ada/wine'], directory, env, limited)
    expect(ran).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('could not be written to the disk'),
    })
    expect(entries(directory)).toEqual([])
    // What it has left in the cache is whole, or not there.
    expect(await make(directory, env, '-t', 'ada/wine')).toMatchObject({ code: 0 })
    expectLarge(directory)
  })

  it.skipIf(noMount)(
    `a full disk below the cache: exit 1, the disk is named, and nothing is made${notRun(noMount)}`,
    async () => {
      const { directory, env, forge } = await makeForgeScene()
      forge.repository('ada/wine', LARGE)
      makeSmallDisk(path.join(env.HOME ?? '', '.cache'), '300k')
      const ran = await make(directory, env, '-t', 'ada/wine')
      expect(ran).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('could not be written to the disk'),
      })
      expect(entries(directory)).toEqual([])
      expect(
        await make(directory, { ...env, XDG_CACHE_HOME: path.join(env.HOME ?? '', 'other') }, '-t', 'ada/wine'),
      ).toMatchObject({
        code: 0,
      })
    },
  )

  it('a damaged cache: exit 1, and the next run fetches again', async () => {
    const { directory, env, forge } = await makeForgeScene()
    forge.repository('ada/wine', LARGE)
    const first = ['first', '--yes', '--trust', '-t', 'ada/wine']
    expect(await run(first, directory, env)).toMatchObject({ code: 0 })
    const pack = findPack(cacheOf(env))
    chmodSync(pack, 0o600)
    truncateSync(pack, Math.floor(statSync(pack).size / 2))
    expect(await make(directory, env, '-t', 'ada/wine')).toMatchObject({ code: 1, stdout: '' })
    expect(entries(directory)).toEqual(['first'])
    expect(await make(directory, env, '-t', 'ada/wine')).toMatchObject({ code: 0 })
  })

  it('objects under the ids of others: exit 1', async () => {
    const { directory, env, forge } = await makeForgeScene()
    forge.repository('ada/wine', FILES)
    expect(await run(['first', '--yes', '--trust', '-t', 'ada/wine'], directory, env)).toMatchObject({ code: 0 })
    const pack = findPack(cacheOf(env))
    const objects = path.dirname(path.dirname(pack))
    const git = (...args: string[]) =>
      execFileSync('git', [`--git-dir=${path.dirname(objects)}`, ...args], { encoding: 'utf8' })
    const blob = git('rev-parse', 'refs/heads/template:start').trim()
    const swapped = git('rev-parse', 'refs/heads/template:README.md').trim()
    const moved = path.join(path.dirname(directory), 'moved.pack')
    execFileSync('sh', [
      '-c',
      `mv ${pack} ${moved} && rm -f ${path.dirname(pack)}/* && git --git-dir=${path.dirname(objects)} unpack-objects -q < ${moved}`,
    ])
    const file = (id: string) => path.join(objects, id.slice(0, 2), id.slice(2))
    rmSync(file(blob))
    execFileSync('cp', [file(swapped), file(blob)])
    const ran = await make(directory, env, '-t', 'ada/wine', '--offline')
    expect(ran).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('does not match its commit') })
    expect(entries(directory)).toEqual(['first'])
  })
})

describe('the cache', () => {
  it.each([
    ['others may write to it', (cache: string) => chmodSync(cache, 0o777)],
    [
      'it is a link',
      (cache: string) => {
        rmSync(cache, { recursive: true })
        symlinkSync('/tmp', cache)
      },
    ],
  ])('is not used where %s', async (_, change) => {
    const { directory, env, forge } = await makeForgeScene()
    forge.repository('ada/wine', FILES)
    const cache = cacheOf(env)
    mkdirSync(cache, { recursive: true })
    change(cache)
    const ran = await make(directory, env, '-t', 'ada/wine')
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('only you can write to') })
    expect(entries(directory)).toEqual([])
  })

  it('takes two runs at once', async () => {
    const { directory, env, forge } = await makeForgeScene()
    forge.repository('ada/wine', LARGE)
    const one = (name: string) => run([name, '-y', '--trust', '-t', 'ada/wine'], directory, env)
    const ran = await Promise.all([one('a'), one('b'), one('c')])
    expect(ran.map(({ code, stderr }) => [code, stderr])).toEqual([1, 2, 3].map(() => [0, '']))
    expect(
      readdirSync(cacheOf(env), { recursive: true, encoding: 'utf8' }).filter((name) => /part-/.test(name)),
    ).toEqual([])
  })
})

function expectLarge(directory: string): void {
  for (const n of [1, 2, 3])
    expect(readFileSync(path.join(directory, `lab/data${n}.csv`), 'utf8') === noise(n)).toBe(true)
}

function findPack(directory: string): string {
  const found = readdirSync(directory, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('.pack'))
  return path.join(directory, found ?? 'no pack')
}

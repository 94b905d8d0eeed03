import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { notRun } from '../../../tests/support/abilities.ts'
import { contents, entries, expectWhole, run } from '../../../tests/support/program.ts'
import { makeScene, preload } from '../../../tests/support/world.ts'

const STAGING = /^\.create-nix-jupyter-[0-9a-f]{12}-\d+-[0-9a-f]{8}$/
const CLAIM = '.create-nix-jupyter-moving'

/** Kills a run before its `step`-th call of a function of node:fs. */
const killAt = (env: Record<string, string>, call: string, step: number) =>
  preload(
    env,
    `const fs = require('node:fs'); const real = fs.${call}; let count = 0
     fs.${call} = (...args) => { if (++count === ${step}) process.kill(process.pid, 'SIGKILL'); return real(...args) }
     require('node:module').syncBuiltinESMExports()`,
  )

/** As another container on the same disk would have named it. */
const elsewhere = (name: string) => name.replace(/-[0-9a-f]{12}-/, '-0123456789ab-')

describe('a staging directory that a killed run has left', () => {
  async function leftover() {
    const { directory, env } = makeScene()
    await run(['lab', '--yes'], directory, killAt(env, 'writeSync', 5))
    const [name = ''] = entries(directory)
    expect(name).toMatch(STAGING)
    return { directory, env, name }
  }

  it('is removed by the next run', async () => {
    const { directory, env } = await leftover()
    await run(['lab', '--yes'], directory, env)
    expect(entries(directory)).toEqual(['lab'])
  })

  it('is not touched by a dry run', async () => {
    const { directory, env, name } = await leftover()
    await run(['lab', '--yes', '--dry-run'], directory, env)
    expect(entries(directory)).toEqual([name])
  })

  it('I2: is left alone where a run of another container may be at work, and named when it is old', async () => {
    const { directory, env, name } = await leftover()
    const other = path.join(directory, elsewhere(name))
    renameSync(path.join(directory, name), other)
    expect((await run(['a', '--yes'], directory, env)).stderr).toBe('')
    utimesSync(other, 0, 0)
    const ran = await run(['b', '--yes'], directory, env)
    expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining(`rm -r ${other}`) })
    expect(entries(directory)).toEqual([elsewhere(name), 'a', 'b'])
  })

  it('C1: is left alone where it is not private to this user', async () => {
    const { directory, env, name } = await leftover()
    const planted = path.join(directory, name)
    chmodSync(planted, 0o777)
    await run(['a', '--yes'], directory, env)
    chmodSync(planted, 0o700)
    chownSync(planted, 65534, 65534)
    await run(['b', '--yes'], directory, env)
    expect(entries(directory)).toEqual([name, 'a', 'b'])
  })
})

describe('a directory in which a killed run was moving files', () => {
  async function half() {
    const { directory, env } = makeScene()
    writeFileSync(path.join(directory, 'flake.nix'), 'mine')
    await run(['.', '--yes', '--on-conflict', 'backup'], directory, killAt(env, 'linkSync', 20))
    expect(entries(directory)).toContain(CLAIM)
    return { directory, env, claim: path.join(directory, CLAIM) }
  }

  it('I1: is completed by the next run in it; what was used since stays as it is', async () => {
    const { directory, env } = await half()
    writeFileSync(path.join(directory, '.envrc'), 'edited')
    writeFileSync(path.join(directory, 'added'), 'added')
    const ran = await run(['.', '--yes'], directory, env)
    expect(ran).toMatchObject({ code: 3, stderr: expect.stringContaining('It is complete now') })
    const files = contents(directory)
    expect(files).toMatchObject({ '.envrc': 'edited', added: 'added', 'flake.nix.backup': 'mine' })
    const record = JSON.parse(files['.nix-jupyter.json'] ?? '')
    expect(Object.keys(files)).toEqual(expect.arrayContaining(Object.keys(record.files)))
    expect(files['flake.nix']).toContain('import ./nix')
    expect(entries(directory).filter((name) => name.startsWith('.create-nix-jupyter'))).toEqual([])
  })

  it('I1: is left alone by runs beside it and in it', async () => {
    const { directory, env } = await half()
    const before = contents(directory)
    expect(await run(['other', '--yes'], directory, env)).toMatchObject({ code: 0 })
    expect(await run(['here-2', '--yes'], path.dirname(directory), env)).toMatchObject({ code: 0 })
    expect(contents(directory)).toMatchObject(before)
  })

  it('I2: is named where its run may be at work, and completed when the user says that it is not', async () => {
    const { directory, env, claim } = await half()
    const journal = path.join(claim, 'journal.json')
    writeFileSync(journal, readFileSync(journal, 'utf8').replace(/"place":"\w+"/, '"place":"0123456789ab"'))
    const before = contents(directory)
    const ran = await run(['.', '--yes'], directory, env)
    expect(ran.code).toBe(3)
    expect(contents(directory)).toEqual(before)
    const command = ran.stderr.split('\n').find((line) => line.trim().startsWith('mv ')) ?? ''
    execFileSync('sh', ['-c', command], { cwd: directory })
    expect(await run(['.', '--yes'], directory, env)).toMatchObject({ stderr: expect.stringContaining('complete now') })
    expect(contents(directory)['flake.nix.backup']).toBe('mine')
  })

  it.each<[string, (claim: string, journal: string, victim: string) => void]>([
    ['another user', (claim) => chownSync(claim, 65534, 65534)],
    ['another user, inside', (_, journal) => chownSync(journal, 65534, 65534)],
    ['nobody in particular', (claim) => chmodSync(claim, 0o755)],
    [
      'a link',
      (_, journal, victim) => {
        renameSync(journal, `${victim}.json`)
        symlinkSync(`${victim}.json`, journal)
      },
    ],
    ['a path that leaves', (_, journal, victim) => rewrite(journal, `../home/${path.basename(victim)}`)],
    ['an absolute path', (_, journal, victim) => rewrite(journal, victim)],
    ['no JSON', (_, journal) => writeFileSync(journal, '{')],
    ['another shape', (_, journal) => writeFileSync(journal, '{"files":{}}')],
  ])('C1: a journal of %s is not believed, and is named', async (_, plant) => {
    const { directory, env, claim } = await half()
    const victim = path.join(env.HOME ?? '', 'victim')
    plant(claim, path.join(claim, 'journal.json'), victim)
    const before = contents(directory)
    const ran = await run(['.', '--yes'], directory, env)
    expect(ran).toMatchObject({ code: 3, stderr: expect.stringContaining(`rm -r ${claim}`) })
    expect(contents(directory)).toEqual(before)
    expect(lstatSync(victim, { throwIfNoEntry: false })).toBeUndefined()
  })

  it('is like any other where its run finishes while it is looked at', async () => {
    const { directory, env } = makeScene()
    const claim = path.join(directory, CLAIM)
    mkdirSync(claim)
    const taken = preload(
      env,
      `const fs = require('node:fs'); const look = fs.lstatSync
       fs.lstatSync = (place, ...options) => {
         const found = look(place, ...options)
         if (place === ${JSON.stringify(claim)} && found) fs.rmdirSync(place)
         return found
       }`,
    )
    expect(await run(['.', '--yes'], directory, taken)).toMatchObject({ code: 0, stderr: '' })
    await expectWhole(directory)
  })

  it('C1: a link on the way leads nowhere', async () => {
    const { directory, env } = await half()
    const outside = path.join(env.HOME ?? '', 'outside')
    mkdirSync(outside)
    execFileSync('rm', ['-rf', path.join(directory, 'tests')])
    symlinkSync(outside, path.join(directory, 'tests'))
    await run(['.', '--yes'], directory, env)
    expect(entries(outside)).toEqual([])
  })
})

function rewrite(journal: string, to: string): void {
  const content = JSON.parse(readFileSync(journal, 'utf8'))
  content.files[0].path = to
  writeFileSync(journal, JSON.stringify(content), { mode: 0o600 })
}

const NAMESPACES = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--mount-proc']

function whyNoNamespaces(): string {
  try {
    execFileSync(NAMESPACES[0] ?? '', [...NAMESPACES.slice(1), 'true'], { stdio: 'ignore' })
    return ''
  } catch {
    return 'no user namespaces here'
  }
}

const noNamespaces = whyNoNamespaces()

describe.skipIf(noNamespaces)(`in namespaces${notRun(noNamespaces)}`, () => {
  it.each(['.', 'lab'])(
    'I2: two runs into %s, whose process numbers say nothing: one project, one refusal',
    async (name) => {
      const { directory: root, env } = makeScene()
      for (let round = 0; round < 12; round++) {
        const directory = path.join(root, String(round))
        mkdirSync(directory)
        const one = () => run([name, '--yes'], directory, env, NAMESPACES)
        const runs = await Promise.all([one(), one()])
        expect(runs.map((ran) => ran.code).sort(), JSON.stringify(runs)).toEqual([0, 3])
        await expectWhole(path.join(directory, name))
        expect(entries(directory).filter((entry) => entry.startsWith('.create-nix-jupyter'))).toEqual([])
      }
    },
    120_000,
  )
})

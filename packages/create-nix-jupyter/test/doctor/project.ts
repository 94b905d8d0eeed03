import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { noMount, noOtherUser, notRun } from '../../../../tests/support/abilities.ts'
import { mountSmallDisk } from '../../../../tests/support/mounts.ts'
import { run } from '../../../../tests/support/program.ts'
import { git } from '../../../../tests/support/world.ts'
import { binOf, examine, expectFixed, findingOf, makeMachine } from './machine.ts'

describe('faults of a project whose command is typed, and then they are gone', () => {
  async function makeProject() {
    const scene = makeMachine()
    const { GIT_CONFIG_NOSYSTEM: _, ...env } = scene.env
    expect(await run(['lab', '-t', 'minimal', '--yes'], scene.directory, scene.env)).toMatchObject({ code: 0 })
    // Without Nix, so that only what this program itself sees is looked at.
    rmSync(path.join(binOf(scene), 'nix'))
    return { env, directory: path.join(scene.directory, 'lab') }
  }

  it('git does not track what Nix needs, and a directory below is looked at as well', async () => {
    const scene = await makeProject()
    writeFileSync(path.join(scene.directory, 'more things.nix'), '{ }\n')
    const below = { ...scene, directory: path.join(scene.directory, 'notebooks') }
    writeFileSync(path.join(scene.directory, 'uv.lock'), 'version = 1\n')
    // What some people ignore in all of their projects, so that `git status` does not show it.
    writeFileSync(path.join(scene.directory, '.git/ignored'), '*.lock\npackages\n')
    git(scene.directory, 'config', 'core.excludesFile', path.join(scene.directory, '.git/ignored'))
    git(scene.directory, 'rm', '-r', '--quiet', '--cached', 'flake.lock', 'nix/lab/packages')
    const found = await examine(below)
    const { message } = findingOf('git-untracked', found)
    for (const file of ['flake.lock', 'more things.nix', 'nix/lab/packages/uv.py']) expect(message).toContain(file)
    for (const name of ['git-untracked', 'lock-untracked'] as const)
      expectFixed(name, below, findingOf(name, found).fix)
  })

  it.skipIf(noOtherUser)(`git does not work in a directory of another user${notRun(noOtherUser)}`, async () => {
    const scene = await makeProject()
    chownSync(scene.directory, 65534, 65534)
    chownSync(path.join(scene.directory, '.git'), 65534, 65534)
    const { fix } = findingOf('git-owner', await examine(scene))
    expectFixed('git-owner', scene, fix)
  })

  it('a script lost its executable bit', async () => {
    const scene = await makeProject()
    chmodSync(path.join(scene.directory, 'start'), 0o644)
    const { fix } = findingOf('not-executable', await examine(scene))
    expectFixed('not-executable', scene, fix)
  })

  it.skipIf(noMount)(`the disk lets no program be started${notRun(noMount)}`, async () => {
    const scene = await makeProject()
    const disk = path.join(scene.directory, '..', 'disk')
    mkdirSync(disk)
    onTestFinished(mountSmallDisk(disk, 'noexec'))
    const directory = path.join(disk, 'lab')
    cpSync(scene.directory, directory, { recursive: true })
    const found = await examine({ ...scene, directory })
    const fixes = found.filter(({ name }) => name === 'not-executable').map(({ fix }) => fix)
    expect(fixes).toEqual(['start', 'stop', 'lab'].map((file) => `sh ${path.join(directory, file)}`))
  })

  it('the record is broken', async () => {
    const scene = await makeProject()
    writeFileSync(path.join(scene.directory, '.nix-jupyter.json'), '{')
    const { fix } = findingOf('record-broken', await examine(scene))
    expectFixed('record-broken', scene, fix)
    expect(git(scene.directory, 'status', '--porcelain')).toBe('')
    // Without git nothing is advised that would not work.
    rmSync(path.join(scene.directory, '.git'), { recursive: true })
    writeFileSync(path.join(scene.directory, '.nix-jupyter.json'), '{')
    const broken = (await examine(scene)).find(({ name }) => name === 'record-broken')
    expect(broken).toMatchObject({ ok: false, fix: null })
  })
})

describe('faults of a change whose command is typed, and then they are gone', () => {
  it('git could not merge the record, or a change is not finished', async () => {
    // Without Nix, so that only what this program itself sees is looked at.
    const scene = makeMachine('nix')
    await run(['lab', '-t', 'minimal', '--yes'], scene.directory, scene.env)
    const inside = { ...scene, directory: path.join(scene.directory, 'lab') }
    const record = path.join(inside.directory, '.nix-jupyter.json')
    const text = readFileSync(record, 'utf8')
    writeFileSync(record, `<<<<<<< HEAD\n${text}=======\n${text}>>>>>>> b\n`)
    const conflict = findingOf('record-conflict', await examine(inside)).fix
    expect(conflict).toBe(`npx create-nix-jupyter upgrade ${inside.directory}`)
    expectFixed('record-conflict', inside, conflict)
    const requirements = path.join(inside.directory, 'requirements.in')
    writeFileSync(requirements, readFileSync(requirements, 'utf8').replace(/$/, '\ncowsay==1\n'))
    expect(await run(['set', '--packages', 'cowsay'], inside.directory, inside.env)).toMatchObject({ code: 3 })
    writeFileSync(requirements, readFileSync(requirements, 'utf8').replace(/^([<|>]{7} .*|={7})\n/gm, ''))
    expectFixed('change-unfinished', inside, findingOf('change-unfinished', await examine(inside)).fix)
  })
})

import { chmodSync, chownSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { noOtherUser, notRun } from '../../../../tests/support/abilities.ts'
import { run } from '../../../../tests/support/program.ts'
import { git } from '../../../../tests/support/world.ts'
import { binOf, examine, expectFixed, findingOf, makeMachine } from './machine.ts'

describe('faults of a project whose command is typed, and then they are gone', () => {
  async function makeProject() {
    const scene = makeMachine()
    const { GIT_CONFIG_NOSYSTEM: _, ...env } = scene.env
    expect(await run(['lab', '-t', 'minimal', '--yes'], scene.folder, scene.env)).toMatchObject({ code: 0 })
    // Without Nix, so that only what this program itself sees is looked at.
    rmSync(path.join(binOf(scene), 'nix'))
    return { env, folder: path.join(scene.folder, 'lab') }
  }

  it('git does not track what Nix needs, and a folder below is looked at as well', async () => {
    const scene = await makeProject()
    writeFileSync(path.join(scene.folder, 'more things.nix'), '{ }\n')
    const below = { ...scene, folder: path.join(scene.folder, 'notebooks') }
    writeFileSync(path.join(scene.folder, 'uv.lock'), 'version = 1\n')
    const found = await examine(below)
    for (const name of ['git-untracked', 'lock-untracked'] as const)
      expectFixed(name, below, findingOf(name, found).fix)
  })

  it.skipIf(noOtherUser)(`git does not work in a folder of another user${notRun(noOtherUser)}`, async () => {
    const scene = await makeProject()
    chownSync(scene.folder, 65534, 65534)
    chownSync(path.join(scene.folder, '.git'), 65534, 65534)
    const { fix } = findingOf('git-owner', await examine(scene))
    expectFixed('git-owner', scene, fix)
  })

  it('a script lost its executable bit', async () => {
    const scene = await makeProject()
    chmodSync(path.join(scene.folder, 'start'), 0o644)
    const { fix } = findingOf('not-executable', await examine(scene))
    expectFixed('not-executable', scene, fix)
  })

  it('the record is broken', async () => {
    const scene = await makeProject()
    writeFileSync(path.join(scene.folder, '.nix-jupyter.json'), '{')
    const { fix } = findingOf('record-broken', await examine(scene))
    expectFixed('record-broken', scene, fix)
    expect(git(scene.folder, 'status', '--porcelain')).toBe('')
    // Without git nothing is advised that would not work.
    rmSync(path.join(scene.folder, '.git'), { recursive: true })
    writeFileSync(path.join(scene.folder, '.nix-jupyter.json'), '{')
    const broken = (await examine(scene)).find(({ name }) => name === 'record-broken')
    expect(broken).toMatchObject({ ok: false, fix: null })
  })
})

describe('faults of a change whose command is typed, and then they are gone', () => {
  it('git could not merge the record, or a change is not finished', async () => {
    // Without Nix, so that only what this program itself sees is looked at.
    const scene = makeMachine('nix')
    await run(['lab', '-t', 'minimal', '--yes'], scene.folder, scene.env)
    const inside = { ...scene, folder: path.join(scene.folder, 'lab') }
    const record = path.join(inside.folder, '.nix-jupyter.json')
    const text = readFileSync(record, 'utf8')
    writeFileSync(record, `<<<<<<< HEAD\n${text}=======\n${text}>>>>>>> b\n`)
    const conflict = findingOf('record-conflict', await examine(inside)).fix
    expect(conflict).toBe(`npx create-nix-jupyter upgrade ${inside.folder}`)
    expectFixed('record-conflict', inside, conflict)
    const requirements = path.join(inside.folder, 'requirements.in')
    writeFileSync(requirements, readFileSync(requirements, 'utf8').replace(/$/, '\ncowsay==1\n'))
    expect(await run(['set', '--packages', 'cowsay'], inside.folder, inside.env)).toMatchObject({ code: 3 })
    writeFileSync(requirements, readFileSync(requirements, 'utf8').replace(/^([<|>]{7} .*|={7})\n/gm, ''))
    expectFixed('change-unfinished', inside, findingOf('change-unfinished', await examine(inside)).fix)
  })
})

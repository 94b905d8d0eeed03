import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { entries, run } from './support/program.js'
import { pack } from './support/tar.mjs'
import { FILES, make, makeForgeScene } from './support/templates.js'
import { KEYS, open } from './support/terminal.js'

describe('a download that fails', () => {
  it('half way: exit 4, and the next run is not misled by the half', async () => {
    const { folder, env, forge } = await makeForgeScene()
    forge.repository('ada/wine', FILES)
    const archive = pack([{ path: 'w/flake.nix', content: '{ }\n'.repeat(9999) }])
    const noGit = { ...env, GIT_CONFIG_GLOBAL: env.HOME ? path.join(env.HOME, '.gitconfig') : '' }
    forge.answer((_, response) => {
      response.writeHead(200, { 'content-length': archive.length })
      response.write(archive.subarray(0, 60), () => response.destroy())
    })
    const ran = await make(folder, noGit, '-t', 'ada/wine')
    // The archive failed; git itself still works, and that is tried next.
    expect(ran.code).toBe(0)
    forge.answer((_, response) => response.end(archive.subarray(0, archive.length - 20)))
    expect(await run(['cut', '-y', '-t', 'ada/wine'], folder, env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cut off'),
    })
    expect(await run(['off', '-y', '-t', 'ada/wine', '--offline'], folder, env)).toMatchObject({ code: 4 })
    expect(entries(folder)).toEqual(['lab'])
  })

  it.each([
    ['nobody/nothing', 4, 'was not found'],
    ['ada/wine#nowhere', 4, 'was not found'],
    ['ada/wine/nowhere', 2, 'no such folder'],
    ['ada/empty', 1, 'it has no flake.nix'],
    ['svn:ada/wine', 2, 'there is no such choice'],
    ['ada/../wine', 2, 'there is no such choice'],
    ['./nowhere', 2, 'There is no folder'],
  ])('%s: exit %i', async (address, code, reason) => {
    const { folder, env, forge } = await makeForgeScene()
    forge.repository('ada/wine', FILES)
    forge.repository('ada/empty', { 'README.md': 'x' })
    const ran = await make(folder, env, '-t', address)
    expect(ran).toMatchObject({ code, stdout: '' })
    expect(ran.stderr).toContain(reason)
    expect(entries(folder)).toEqual([])
  })

  it('because there is no way to the site: exit 4, and what git says about the way', async () => {
    const { folder, env, forge } = await makeForgeScene()
    forge.repository('ada/wine', FILES)
    expect(await run(['first', '-y', '-t', 'ada/wine'], folder, env)).toMatchObject({ code: 0 })
    writeFileSync(path.join(env.HOME ?? '', '.gitconfig'), '')
    forge.close()
    const unknown = await make(folder, env, '-t', 'ada/bread')
    expect(unknown).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('could not be fetched: ') })
    expect(unknown.stderr).toMatch(/proxy|connect|resolve/i)
    expect(unknown.stderr).not.toContain('no such repository')
    expect(await run(['again', '-y', '-t', 'ada/wine', '--offline'], folder, env)).toMatchObject({ code: 0 })
    expect(entries(folder)).toEqual(['again', 'first'])
  })

  it('Ctrl-C in the middle: exit 130, nothing made, nothing in the cache', async () => {
    const { folder, env, forge } = await makeForgeScene()
    forge.repository('ada/wine', FILES)
    const asked = new Promise<void>((resolve) => {
      forge.answer((_, response) => {
        response.writeHead(200)
        response.write('x', () => resolve())
      })
    })
    const session = open(['lab', '-y', '-t', 'ada/wine'], folder, env)
    await asked
    session.type(KEYS.ctrlC)
    expect(await session.exited).toBe(130)
    expect(entries(folder)).toEqual([])
    expect(await make(folder, env, '-t', 'ada/wine', '--offline')).toMatchObject({ code: 4 })
  })
})

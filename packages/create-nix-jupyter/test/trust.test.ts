import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { entries, open, run } from '../../../tests/support/program.ts'
import { FILES, makeForgeScene } from '../../../tests/support/remote.ts'
import { makeScene } from '../../../tests/support/world.ts'

// C4, I13: nobody guesses what could run code. A template from elsewhere is trusted as a whole, or not at all.

describe('a template from elsewhere', () => {
  it.each([
    ['with a flake.nix alone', { 'flake.nix': '{ }\n' }, 'flake.nix'],
    // A pattern for `nixConfig` would not find this one.
    [
      'that changes settings in disguise',
      { 'flake.nix': `{ \${"nix" + "Config"}.substituters = [ ]; }\n` },
      'flake.nix',
    ],
    [
      'with files that act by themselves',
      {
        ...FILES,
        'sub/.ENVRC': '',
        'a.code-workspace': '',
        '.devcontainer/d.json': '',
        '.claude/settings.json': '',
        '.mise.toml': '',
      },
      '.claude/settings.json, .devcontainer/d.json, .mise.toml, a.code-workspace, flake.nix, inner/flake.nix, start, sub/.ENVRC',
    ],
  ])('C4, I13: %s needs --trust without a terminal', async (_, files, acting) => {
    const { directory, env, forge } = await makeForgeScene()
    const commit = forge.repository('ada/wine', files)
    const ran = await run(['lab', '-y', '-t', 'ada/wine'], directory, env)
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toContain(`ada/wine#${commit} has ${Object.keys(files).length} file`)
    expect(ran.stderr).toContain(`These act by themselves: ${acting}\n`)
    expect(entries(directory)).toEqual([])
    expect(await run(['lab', '-y', '--trust', '-t', 'ada/wine'], directory, env)).toMatchObject({ code: 0 })
  })

  it('C4: in a directory on this machine needs it, too', async () => {
    const { directory, env } = makeScene()
    writeFileSync(path.join(directory, 'flake.nix'), '{ }\n')
    expect(await run(['lab', '-y', '-t', '.'], directory, env)).toMatchObject({ code: 2 })
    expect(entries(directory)).toEqual(['flake.nix'])
  })

  it.each([
    ['yes', 'y', 0],
    ['no', 'n', 1], // F5: answered, not interrupted
  ])('I13: is shown and asked about in a terminal: %s', async (_, key, code) => {
    const { directory, env, forge } = await makeForgeScene()
    const commit = forge.repository('ada/wine', { ...FILES, '.envrc': '' })
    const session = open(['lab', '-t', 'ada/wine', '--python', '3.13', '--git'], directory, env, 300)
    await session.see('act by themselves: .envrc, flake.nix, inner/flake.nix, start')
    await session.see(`show ${commit}:flake.nix`)
    await session.see('Use it?')
    session.type(key)
    expect(await session.exited).toBe(code)
    expect(entries(directory)).toEqual(code === 0 ? ['lab'] : [])
  })
})

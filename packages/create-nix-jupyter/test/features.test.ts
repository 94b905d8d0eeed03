import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { KEYS } from '../../../tests/support/terminal.ts'

import { build } from './features/programs.ts'

// What features are made of is tried with some that do nothing else; what each real one does is tried
// in its own directory.

const TIERS = ['minimal', 'datasci', 'cuda', 'fasthtml', 'uv']

describe('a feature', () => {
  it.each(TIERS)('adds everything where %s keeps it', (tier) => {
    const { run, read, stderr } = build()
    expect(stderr).toBe('')
    expect(run('lab', '-t', tier, '--with', 'rich', '--yes', '--no-git').stderr).toBe('')
    const flake = read('lab/flake.nix')
    const tools = [...(tier === 'uv' ? ['pkgs.uv'] : []), 'pkgs.ollama', 'pkgs.git-lfs']
    expect(flake).toContain(
      ['      packages = [', '        pkgs.git', ...tools.map((tool) => `        ${tool}`), '      ];'].join('\n'),
    )
    expect(flake).toContain(
      [
        '      services.server.command = "python server.py";',
        '      services.model.command = "serve \\"\\$PORT\\" \\$' + '{x}";',
        '      services.model.health = "/";',
        '      services.model.open = true;',
        '    });',
      ].join('\n'),
    )
    expect(read('lab/.gitattributes')).toMatch(/\*\.rich binary\n\*\.u -text\n$/)
    expect(read('lab/README.md')).toContain('\n\n## Riches\n\nAll of them in lab.\n\n## Safe by default\n')
    expect(read('lab/AGENTS.md')).toMatch(/\n- Riches: all of them\.\n$/)
    expect(JSON.parse(read('lab/jupyter/jupyter_lab_config.json'))).toEqual({
      LabApp: { extension_manager: 'readonly', news: false },
      ServerApp: { quit_button: false },
    })
    expect(read('lab/rich/run')).toBe('#!/bin/sh\necho lab rich,usual\n')
    // What nixpkgs has is there in one version; a limit is for PyPI.
    const inFlake = /pythonPackages =[^;]*; \[[^\]]*\bdask(\s[^\]]*)?\]/.test(flake)
    const requirements = tier === 'uv' ? read('lab/pyproject.toml') : read('lab/requirements.in')
    expect([inFlake, /^\W*dask>=2025\.1"?,?$/m.test(requirements)]).toEqual(
      ['fasthtml', 'uv'].includes(tier) ? [false, true] : [true, false],
    )
    expect(requirements).toMatch(/^\W*cowsay<7"?,?$/m)
  })

  it('leaves every byte as it is without it', () => {
    const [without, none] = [build({}, {}), build()]
    for (const tier of TIERS) {
      const plan = ['lab', '-t', tier, '--yes', '--no-git', '--dry-run', '--json']
      const contents = (printed: string) =>
        JSON.parse(printed).files.map((file: { path: string; size: number }) => file)
      const [plain, taken] = [without.run(...plan), none.run(...plan, '--with', 'none')]
      const isNoRecord = (file: { path: string }) => !['.nix-jupyter.json', 'README.md'].includes(file.path)
      expect(contents(taken.stdout).filter(isNoRecord)).toEqual(contents(plain.stdout).filter(isNoRecord))
    }
  })

  it('gives way to a version that the user asks for', () => {
    const { run, read } = build()
    run('lab', '-t', 'uv', '--with', 'rich', '--packages', 'dask>=2025.2', '--yes', '--no-git')
    expect(read('lab/pyproject.toml').match(/"dask.*"/g)).toEqual(['"dask>=2025.2"'])
    expect(JSON.parse(read('lab/.nix-jupyter.json')).answers.packages).toEqual(['dask>=2025.2'])
  })
})

describe('--with', () => {
  it.each([
    [[], ['usual'], ''],
    [['rich'], ['rich', 'usual'], '--with rich'],
    [['usual'], ['usual'], ''],
    [['rich', 'leaning'], ['leaning', 'rich', 'usual'], '--with leaning,rich'],
    [['none'], [], '--with none'],
    [['rich,none'], ['rich'], '--with none,rich'],
  ])('%j is %j, and is repeated as “%s”', (typed, features, repeated) => {
    const { run: runThis, read } = build()
    const made = runThis('lab', '--yes', '--no-git', ...typed.flatMap((word) => ['--with', word]))
    expect(made.stderr).toBe('')
    const record = JSON.parse(read('lab/.nix-jupyter.json'))
    expect(record.answers.features).toEqual(features)
    expect(record.command.match(/--with \S+/)?.[0] ?? '').toBe(repeated)
    const again = runThis('lab2', '--yes', '--no-git', ...(repeated ? repeated.split(' ') : []))
    expect(again.stderr).toBe('')
    expect(JSON.parse(read('lab2/.nix-jupyter.json')).answers.features).toEqual(features)
  })

  it.each([
    [['--with', 'ritch'], 'Unknown feature "ritch".', 'Did you mean "rich"?'],
    [['--with', 'picky'], '--with picky does not work with --template minimal.', 'choose one of the templates uv'],
    [['-t', 'uv', '--with', 'picky,rich'], '--with picky and rich cannot be in one project.', 'Next: --with picky'],
    [
      ['-t', 'uv', '--with', 'picky,leaning'],
      '--with picky and leaning cannot be in one project.',
      'Next: --with picky',
    ],
    [['--with', 'none,leaning'], '--with leaning needs rich.', 'Next: --with none,leaning,rich'],
    [
      ['-t', './bin', '--trust', '--with', 'rich'],
      '--with works with the built-in templates only.',
      'Next: --with none',
    ],
  ])('%j is refused with exit code 2', (words, message, next) => {
    const { run, directory } = build()
    mkdirSync(path.join(directory, 'mine'))
    writeFileSync(path.join(directory, 'mine/flake.nix'), '{ }')
    const { status, stderr } = run('lab', '--yes', '--no-git', ...words)
    expect(stderr).toContain(message)
    expect(stderr).toContain(next)
    expect(status).toBe(2)
    expect(existsSync(path.join(directory, 'lab'))).toBe(false)
  })

  it('is listed everywhere', () => {
    const { run } = build()
    expect(JSON.parse(run('list', '--json').stdout).features.slice(0, 3)).toEqual([
      { id: 'usual', title: 'Usual', hint: 'one that all have', default: true, templates: TIERS },
      { id: 'rich', title: 'Rich', hint: 'one that adds everything', default: false, templates: TIERS },
      { id: 'picky', title: 'Picky', hint: 'one for PyPI', default: false, templates: ['uv'] },
    ])
    expect(run('list').stdout).toContain('\nrich      one that adds everything\n')
    expect(run('--help').stdout).toMatch(/Features:\n {2}usual +one that all have \(default\)\n {2}rich /)
    expect(JSON.parse(run('schema').stdout).properties.with.items.examples).toEqual([
      'usual',
      'rich',
      'picky',
      'leaning',
    ])
    expect(run('completions', 'bash').stdout).toContain("--with) COMPREPLY=( $(compgen -W 'usual rich picky leaning'")
  })
})

describe('the question', () => {
  const flags = ['lab', '-t', 'minimal', '--python', '3.13', '--packages', 'numpy', '--no-git']

  it('shows the default ones chosen, lets one choose, and refuses what does not go together', async () => {
    const { open, read } = build()
    const session = open(flags)
    await session.see(/◼ Usual: one that all have\n.*◻ Rich: one that adds everything\n.*◻ Leaning/)
    expect(session.screen()).not.toContain('Picky')
    session.type(`${KEYS.down}${KEYS.down} ${KEYS.enter}`)
    await session.see('needs rich')
    session.type(`${KEYS.up} ${KEYS.up} ${KEYS.enter}`)
    await session.see('Which features? Rich, Leaning')
    expect(await session.exited).toBe(0)
    expect(JSON.parse(read('lab/.nix-jupyter.json')).answers.features).toEqual(['leaning', 'rich'])
  })

  it('is gone with another template, with what does not fit that', async () => {
    const { open, read } = build()
    const session = open(['lab', '--python', '3.13', '--packages', 'numpy', '--no-git'])
    await session.see('Which template')
    session.type(KEYS.up + KEYS.enter)
    await session.see('Picky: one for PyPI')
    session.type(`${KEYS.down}${KEYS.down} ${KEYS.enter}`)
    await session.see('Create lab? (uv; Python 3.13; numpy; picky, usual; no git)')
    session.type(KEYS.down + KEYS.enter)
    await session.see(/Which template[\s\S]*Which template[\s\S]*Which template/)
    session.type(KEYS.down + KEYS.enter)
    await session.see('Create lab? (Minimal; Python 3.13; numpy; usual; no git)')
    session.type(KEYS.enter)
    expect(await session.exited).toBe(0)
    expect(JSON.parse(read('lab/.nix-jupyter.json')).answers.features).toEqual(['usual'])
  })

  it.each([
    [30, 3],
    [40, 4],
    [20, 2],
  ])('is drawn once in a window of %i by %i', async (cols, rows) => {
    const { open } = build()
    const session = open(flags, [cols, rows])
    await session.see('Usual')
    session.type(`${KEYS.down}${KEYS.down} ${KEYS.up} `)
    await session.see(/◼ Rich/)
    expect(session.screen().match(/Which features/g)?.length ?? 0).toBeLessThan(2)
    session.type(KEYS.ctrlC)
    expect(await session.exited).toBe(130)
  })

  it.each([
    ['', ['usual']],
    ['none', []],
    ['2, leaning', ['leaning', 'rich']],
    ['9\nrich', ['rich']],
    ['leaning\n1', ['usual']],
  ])('in plain lines takes “%s”', async (typed, features) => {
    const { open, read } = build()
    const session = open(flags, [100, 40], { ACCESSIBLE: '1' })
    await session.see('Numbers or names with commas between them, or none [usual]:')
    const [first = '', second] = typed.split('\n')
    session.type(first + KEYS.enter)
    if (second !== undefined) {
      await session.see('Again:')
      session.type(second + KEYS.enter)
    }
    expect(await session.exited).toBe(0)
    expect(JSON.parse(read('lab/.nix-jupyter.json')).answers.features).toEqual(features)
  })
})

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { PATH } from '../../../tests/support/home.ts'
import { openCommand } from '../../../tests/support/program.ts'
import { KEYS } from '../../../tests/support/terminal.ts'
import { makeScene } from '../../../tests/support/world.ts'

// What features are made of is tried with some that do nothing else; what each real one does is tried in its own folder.

const WORKSPACE = path.resolve(import.meta.dirname, '..')
const TIERS = ['minimal', 'datasci', 'cuda', 'fasthtml', 'uv']

const USUAL = {
  id: 'usual',
  title: 'Usual',
  hint: 'one that all have',
  order: 1,
  default: true,
  attributes: ['*.u -text'],
}
const RICH = {
  id: 'rich',
  title: 'Rich',
  hint: 'one that adds everything',
  order: 2,
  python: ['dask>=2025.1', 'cowsay<7'],
  tools: ['ollama', 'git-lfs'],
  services: { model: { command: 'serve "$PORT" $' + '{x}', health: '/', open: true } },
  attributes: ['*.rich binary'],
  settings: { 'jupyter/jupyter_lab_config.json': { LabApp: { news: false }, ServerApp: { quit_button: false } } },
}
const PICKY = { id: 'picky', title: 'Picky', hint: 'one for PyPI', order: 3, templates: ['uv'], excludes: ['rich'] }
const LEANING = { id: 'leaning', title: 'Leaning', hint: 'one that needs another', order: 4, needs: ['rich'] }
const SAMPLES: Record<string, object> = { usual: USUAL, rich: RICH, picky: PICKY, leaning: LEANING }
const FILES = {
  'rich/README.md': '## Riches\n\nAll of them.\n',
  'rich/AGENTS.md': '- Riches: all of them.\n',
  'rich/files/rich/run.ejs': '#!/bin/sh\necho <%- it.slug %> <%- it.features %>\n',
  'rich/tests/some.test.ts': 'not for projects',
}

const root = mkdtempSync(path.join(tmpdir(), 'cnj-features-'))
afterAll(() => rmSync(root, { recursive: true }))
const programs = new Map<string, { program: string; stderr: string }>()

/** Builds the program with features of the test's own, and with the real templates; the same ones are built once. */
function programWith(manifests: Record<string, object>, files: Record<string, string>) {
  const key = JSON.stringify([manifests, files])
  const known = programs.get(key)
  if (known) return known
  const folder = mkdtempSync(path.join(root, 'program-'))
  const texts = Object.entries(manifests).map(([id, manifest]) => [`${id}/feature.json`, JSON.stringify(manifest)])
  for (const [file, text] of [...texts, ...Object.entries(files)] as [string, string][]) {
    mkdirSync(path.dirname(path.join(folder, 'features', file)), { recursive: true })
    writeFileSync(path.join(folder, 'features', file), text)
  }
  const args = ['build/build.mjs', '--quick', '--features', path.join(folder, 'features'), '--out', folder]
  const { stderr } = spawnSync(process.execPath, args, { cwd: WORKSPACE, env: { PATH }, encoding: 'utf8' })
  cpSync(path.join(WORKSPACE, 'bin'), path.join(folder, 'bin'), { recursive: true })
  const built = { program: path.join(folder, 'bin/create-nix-jupyter.cjs'), stderr }
  programs.set(key, built)
  return built
}

/** Such a program, in an empty folder. */
function build(manifests: Record<string, object> = SAMPLES, files: Record<string, string> = FILES) {
  const { program, stderr } = programWith(manifests, files)
  const { folder, env } = makeScene()
  const run = (...words: string[]) =>
    spawnSync(process.execPath, [program, ...words], { cwd: folder, env, encoding: 'utf8' })
  const read = (file: string) => readFileSync(path.join(folder, file), 'utf8')
  const open = (words: string[], size: readonly [number, number] = [100, 40], more: Record<string, string> = {}) =>
    openCommand([process.execPath, program, ...words], folder, { ...env, ...more }, ...size)
  return { folder, program, stderr, run, read, open }
}

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
    expect(read('lab/README.md')).toContain('\n\n## Riches\n\nAll of them.\n\n## Safe by default\n')
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
    [['--with', 'none,leaning'], '--with leaning needs rich.', 'Next: --with none,leaning,rich'],
    [
      ['-t', './bin', '--trust', '--with', 'rich'],
      '--with works with the built-in templates only.',
      'Next: --with none',
    ],
  ])('%j is refused with exit code 2', (words, message, next) => {
    const { run, folder } = build()
    mkdirSync(path.join(folder, 'mine'))
    writeFileSync(path.join(folder, 'mine/flake.nix'), '{ }')
    const { status, stderr } = run('lab', '--yes', '--no-git', ...words)
    expect(stderr).toContain(message)
    expect(stderr).toContain(next)
    expect(status).toBe(2)
    expect(existsSync(path.join(folder, 'lab'))).toBe(false)
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

describe('the build refuses', () => {
  const one = (change: object, files: Record<string, string> = {}) =>
    build({ a: { ...USUAL, id: 'a', ...change } }, files).stderr

  it.each<[object, string]>([
    [{ id: 'b' }, '"id" must be the name of the folder, "a"'],
    [{ order: 'x' }, '"order" must be a whole number'],
    [{ templates: ['night-sky'] }, '"templates" must list names of templates'],
    [{ templates: ['uv'] }, 'a default one fits every template'],
    [{ needs: ['a'] }, '"needs" must list other features'],
    [{ python: ['a b'] }, '"python" must list names of Python packages'],
    [{ python: ['numpy<'] }, '"python" must list names of Python packages'],
    [{ python: ['numpy; python_version < "3.14"'] }, '"python" must list names of Python packages'],
    [{ tools: ['pkgs.x; evil'] }, '"tools" must list attributes of nixpkgs'],
    [{ tool: ['x'] }, '"tool" is not known'],
  ])('%j', (change, problem) => {
    expect(one(change)).toContain(problem)
  })

  it('a file that a template or another feature gives, and one that asks for what there is not', () => {
    expect(one({}, { 'a/files/start': 'mine' })).toContain(
      'the feature a gives start, which the template uv gives, too',
    )
    const two = build({ a: { ...USUAL, id: 'a' }, b: { ...RICH, id: 'b' } }, { 'a/files/x': '1', 'b/files/x': '2' })
    expect(two.stderr).toContain('the feature b gives x, which the feature a gives, too')
    expect(one({}, { 'a/files/x.md.ejs': '<%= it.color %>' })).toContain('there is no it.color')
    expect(one({}, { 'a/files/.env': 'SECRET=1' })).toContain('has no place in a project')
    expect(build({ a: { ...USUAL, id: 'a' }, b: { ...RICH, id: 'b', order: 1 } }, {}).stderr).toContain('the order 1')
  })
})

it('with five hundred features a run loads the few that were chosen', () => {
  const many = (count: number) =>
    build(
      Object.fromEntries(
        Array.from({ length: count }, (_, at) => [
          `f${at}`,
          { id: `f${at}`, title: 'F', hint: 'h', order: at, tools: ['x'] },
        ]),
      ),
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}/files/f${at}.txt`, 'text\n'.repeat(1000)])),
    )
  for (const count of [5, 500]) {
    const { folder, program, run } = many(count)
    const code = `process.on('exit', () => console.error(Object.keys(require.cache).filter((f) => /dist.features/.test(f)).join()))`
    writeFileSync(path.join(folder, 'spy.cjs'), code)
    const args = ['-r', './spy.cjs', program, 'lab', '--yes', '--no-git', '--with', 'f3']
    const { stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
    expect(stderr).toBe(`${path.resolve(program, '../../dist/features/f3.cjs')}\n`)
    expect(readdirSync(path.join(folder, 'lab')).filter((name) => /^f\d/.test(name))).toEqual(['f3.txt'])
    expect(run('list').status).toBe(0)
  }
})

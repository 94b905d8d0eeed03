import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FLAKES } from '../support/cache.mjs'
import { readEnvironment, system } from '../support/environment.ts'
import { Project } from '../support/project.ts'
import { must, run } from '../support/run.ts'
import { isFilledByNix, template } from '../support/template.ts'

// The pin that was verified; a wrong hash would be a hard failure for every user.
const PIN = {
  rev: '151fa4e8ddfdd8dd25d945ad94ed54a13de9f6e4',
  narHash: 'sha256-Miqqk/ammqnTUxaoCyvtwoPeLbI1ksFyLxi/CazZpWY=',
}
/** The derivation of each shell. */
type Shells = { default: string; [name: string]: string }
/** The derivations that the program of each app is in. */
type Apps = { [name: string]: string[] }
const SYSTEMS = ['x86_64-linux', 'aarch64-linux', 'aarch64-darwin']

describe(`${template.id}: the project as it was made`, () => {
  let project: Project
  beforeAll(async () => {
    project = await Project.shared()
  })
  afterAll(() => project?.remove())

  test('has everything that is promised of a project', () => {
    const files = ['flake.nix', 'flake.lock', 'start', 'stop', 'server.py', 'notebooks/start.ipynb', 'README.md']
    files.push('.envrc', '.gitignore', '.editorconfig', '.nix-jupyter.json', 'AGENTS.md', 'tests/test_notebooks.py')
    for (const file of files) expect(existsSync(join(project.directory, file)), file).toBe(true)
  })

  test('is a git repository with everything in its first commit', async () => {
    expect(await project.gitStatus()).toBe('')
    expect((await must('git', ['ls-files'], project.here())).split('\n')).toContain('flake.nix')
  })

  test('has its machinery marked for forges, and says in it whose it is', async () => {
    const names = ['linguist-generated', 'linguist-vendored', 'diff']
    const said = await must('git', ['check-attr', ...names, '--', 'nix/lab/cli.py', 'flake.nix'], project.here())
    for (const line of ['linguist-generated: true', 'linguist-vendored: true', 'diff: unset']) {
      expect(said).toContain(`nix/lab/cli.py: ${line}`)
    }
    expect(said.match(/flake\.nix: \S+: unspecified/g)).toHaveLength(3)
    const readme = readFileSync(join(project.directory, 'nix/README.md'), 'utf8')
    expect(readme.split('\n').length).toBeLessThan(40)
    for (const [, file] of readme.matchAll(/`([a-z-]+\.(?:nix|sh|awk|json)|[a-z]+\/)`/g)) {
      const place = file === 'flake.nix' ? file : `nix/${file}`
      expect(existsSync(join(project.directory, place)), place).toBe(true)
    }
  })

  test('carries the verified pin', async () => {
    const lock = await must('git', ['show', 'HEAD~:flake.lock'], project.here()).catch(() =>
      readFileSync(join(project.directory, 'flake.lock'), 'utf8'),
    )
    expect(JSON.parse(lock).nodes.nixpkgs.locked).toMatchObject({ owner: 'NixOS', repo: 'nixpkgs', ...PIN })
  })

  test.each(SYSTEMS)('evaluates for %s', async (system) => {
    const outputs = [`devShells.${system}.default`, `checks.${system}.formatting`]
    // A build has no network: what comes from PyPI is tested by `nix develop --command python -m unittest`.
    if (isFilledByNix) outputs.push(`checks.${system}.tests`)
    for (const output of [...outputs, `formatter.${system}`]) {
      const result = await project.nixCommand(['eval', '--raw', `.#${output}.drvPath`])
      expect(result.stderr).not.toMatch(/error|warning: (?!Git tree)/)
      expect(result.stdout).toMatch(/\.drv$/)
    }
    for (const app of ['default', 'start', 'stop', 'lab']) {
      const result = await project.nixCommand(['eval', '--raw', `.#apps.${system}.${app}.program`])
      expect(result.code, result.stderr).toBe(0)
    }
  })

  test.each(readEnvironment().nix)('evaluates with Nix $version', async ({ bin }) => {
    const result = await run(
      join(bin, 'nix'),
      [...FLAKES, 'eval', '--raw', `.#devShells.${system}.default.drvPath`],
      project.here(),
    )
    expect(result.stdout, result.stderr).toMatch(/^\/nix\/store\/.*\.drv$/)
  })

  test.each(SYSTEMS)('has in its shell whatever `nix run` needs, so that ./stop builds nothing: %s', async (system) => {
    const shells = await project.evaluate<Shells>(`devShells.${system}`, 'builtins.mapAttrs (_: each: each.drvPath)')
    const context = 'app: builtins.attrNames (builtins.getContext app.program)'
    const apps = await project.evaluate<Apps>(`apps.${system}`, `builtins.mapAttrs (_: ${context})`)
    for (const name of ['default', 'lab', 'start', 'stop', ...Object.keys(shells)]) {
      const shell = shells[name] ?? shells.default
      const there = (await must('nix-store', ['--query', '--requisites', shell], project.here())).split('\n')
      expect(there, name).toEqual(expect.arrayContaining(apps[name] ?? ['no such app']))
    }
  })

  test('has notebooks without outputs, with ids and with nothing of the author', async () => {
    const notebooks = (await must('git', ['ls-files', '*.ipynb'], project.here())).trim().split('\n')
    for (const path of notebooks) {
      const notebook = JSON.parse(readFileSync(join(project.directory, path), 'utf8'))
      expect([notebook.nbformat, notebook.nbformat_minor]).toEqual([4, 5])
      expect(Object.keys(notebook.metadata).sort()).toEqual(['kernelspec', 'language_info'])
      for (const cell of notebook.cells) {
        expect(cell.id).toMatch(/^[a-z0-9-]+$/)
        expect(cell.metadata).toEqual({})
        if (cell.cell_type === 'code') expect([cell.execution_count, cell.outputs]).toEqual([null, []])
      }
    }
  })

  test('passes ruff and shellcheck, as nixpkgs has them', async () => {
    const tools = ['shell', '--inputs-from', '.', 'nixpkgs#ruff', 'nixpkgs#shellcheck', '--command', 'sh', '-ec']
    const script =
      'ruff check . && ruff format --check . && shellcheck --external-sources start stop nix/*.sh nix/scripts/*.sh'
    const result = await project.nixCommand([...tools, script])
    expect(result.code, result.stdout + result.stderr).toBe(0)
  })

  test('says in one sentence which word in flake.nix it does not know', async () => {
    const file = join(project.directory, 'flake.nix')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace('services.server.command', 'services.server.comand'))
    const result = await project.nixCommand(['eval', '--raw', `.#devShells.${system}.default.drvPath`])
    writeFileSync(file, text)
    expect(result.code).not.toBe(0)
    expect(result.stderr).toMatch(/flake\.nix: services\.server has no option `comand`/)
  })
})

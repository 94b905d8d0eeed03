import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FLAKES } from '../../support/cache.mjs'
import { readEnvironment } from '../../support/environment.ts'
import { entry } from '../../support/program.ts'
import { Project } from '../../support/project.ts'
import { must, run } from '../../support/run.ts'

const root = join(import.meta.dirname, '../../..')
const templates = readdirSync(join(root, 'templates')).filter((name) =>
  existsSync(join(root, 'templates', name, 'template.json')),
)

// What the release workflow pushes as a branch. Of all templates uv has the name of the project in most files.
describe('uv: a project that `nix flake init` has made', () => {
  let project: Project
  let world: string
  const options = (cwd: string) => project.here({ cwd })
  const init = async (template: string, name: string) => {
    const directory = join(world, name)
    mkdirSync(directory)
    await must('nix', [...FLAKES, 'flake', 'init', '-t', `path:${world}/flake#${template}`], options(directory))
    return directory
  }

  beforeAll(async () => {
    project = await Project.shared()
    world = mkdtempSync(join(tmpdir(), 'nix-jupyter-'))
    await must(process.execPath, [join(root, 'scripts/nix-templates.mjs'), join(world, 'flake')])
  })
  afterAll(async () => {
    await project?.remove()
    rmSync(world, { recursive: true })
  })

  test.each(templates)('%s: it is as the program would have made it', async (template) => {
    const directory = await init(template, `of-${template}`)
    const upgrade = await run(process.execPath, [entry(), 'upgrade', '--check', '--offline'], options(directory))
    expect(upgrade.code, upgrade.stderr + upgrade.stdout).toBe(0)
  })

  test('it is called as its directory from the first ./start on, and can be upgraded as before', async () => {
    const directory = await init('uv', 'Red Wine (2)')
    const nixpkgs = readEnvironment().nixpkgs
    const lock = [...FLAKES, 'flake', 'lock', '--override-input', 'nixpkgs', `path:${nixpkgs}`]
    if (nixpkgs) await must('nix', lock, options(directory))
    const early = await run('sh', ['stop'], options(directory))
    expect([early.code, early.stderr]).toEqual([0, ''])
    expect(early.stdout).toContain('it has not been started here yet')
    const started = await run('sh', ['start', '--no-open'], options(directory))
    expect(started.code, started.stderr).toBe(0)
    expect(started.stdout).toContain('Red-Wine-2 is running')
    expect(started.stdout).toMatch(/http:\/\/red-wine-2-\w+\.localhost:/)
    expect((await run(join(directory, 'stop'), [], options(directory))).code).toBe(0)
    const lines = (file: string) => readFileSync(join(directory, file), 'utf8').split('\n')
    expect(lines('flake.nix')).toContain('  description = "Red-Wine-2";')
    expect(lines('README.md')[0]).toBe('# Red-Wine-2')
    expect(lines('pyproject.toml')).toContain('name = "red-wine-2"')
    expect(lines('uv.lock')).toContain('name = "red-wine-2"')
    const upgrade = await run(process.execPath, [entry(), 'upgrade', '--check', '--offline'], options(directory))
    expect(upgrade.code, upgrade.stderr + upgrade.stdout).toBe(0)
  })

  test('the flake offers the program, too', async () => {
    const app = [...FLAKES, 'eval', '--raw', `path:${world}/flake#apps.x86_64-linux.create.program`]
    const override = ['--override-input', 'nixpkgs', `path:${readEnvironment().nixpkgs}`]
    const program = await must('nix', readEnvironment().nixpkgs ? [...app, ...override] : app, options(world))
    expect(program).toMatch(/^\/nix\/store\/.*\/bin\/create-nix-jupyter$/)
    const help = await must(process.execPath, [join(world, 'flake/create/bin/create-nix-jupyter.cjs'), '--help'])
    expect(help).toContain('create-nix-jupyter')
  })
})

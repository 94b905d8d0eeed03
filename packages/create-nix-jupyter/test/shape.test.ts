import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { entry } from '../../../tests/support/program.ts'
import { makeScene, preload, writeFiles } from '../../../tests/support/world.ts'

const WORKSPACE = path.resolve(import.meta.dirname, '..')
const REPOSITORY = path.resolve(WORKSPACE, '../..')

/** What a run loads: files of the package, and modules of Node beyond those that every program has. */
function loadedBy(...args: string[]): { files: string[]; builtins: string[] } {
  const { directory, env } = makeScene()
  const code = `
    const before = process.moduleLoadList.length
    process.on('exit', () => {
      const files = Object.keys(require.cache).filter((file) => file !== __filename)
      // A stream would be loaded for this, and counted.
      require('node:fs').writeSync(2, JSON.stringify({ files, builtins: process.moduleLoadList.slice(before) }))
    })`
  const { stderr } = spawnSync(process.execPath, [entry(), ...args], {
    cwd: directory,
    env: preload(env, code),
    encoding: 'utf8',
  })
  const { files, builtins } = JSON.parse(stderr)
  return { files: files.map((file: string) => path.relative(inject('packed'), file)), builtins }
}

// Time depends on the machine; what is loaded does not, and it is what takes the time.
describe('what a run loads', () => {
  it('--help: the first part of the program alone', () => {
    const { files, builtins } = loadedBy('--help')
    expect(files).toEqual(['bin/create-nix-jupyter.cjs', 'dist/program.cjs'])
    expect(builtins.length).toBeLessThanOrEqual(10)
  })

  it('a project without questions: two parts of the program, and of the templates its own', () => {
    const { files, builtins } = loadedBy('lab', '--yes', '--no-git')
    const modules = ['shared', 'parts/website', 'minimal'].map((directory) => `dist/templates/${directory}.cjs`)
    const features = ['dist/features/clean-git.cjs']
    const program = ['bin/create-nix-jupyter.cjs', 'dist/program.cjs', 'dist/create.cjs']
    expect(files).toEqual([...program, ...features, ...modules])
    expect(builtins.length).toBeLessThanOrEqual(48)
  })
})

// What is theirs to read and to change: the numbers go down, not up. (`nix/` is one thing, which an upgrade takes the place of.)
it.each([
  ['minimal', 30],
  ['datasci', 33],
  ['cuda', 34],
  ['fasthtml', 37],
  ['uv', 37],
])('a project of %s has at most %i files beside nix/, and no directory is too long to read', (template, most) => {
  const { directory, env } = makeScene()
  const args = [entry(), 'lab', '--template', template, '--yes', '--no-git']
  expect(spawnSync(process.execPath, args, { cwd: directory, env })).toMatchObject({ status: 0 })
  const project = path.join(directory, 'lab')
  const entries = readdirSync(project, { recursive: true, withFileTypes: true })
  const own = entries.filter((entry) => entry.isFile() && !entry.parentPath.startsWith(path.join(project, 'nix')))
  expect(own.length).toBeLessThanOrEqual(most)
  const rooms = entries.filter((entry) => entry.isDirectory()).map((entry) => path.join(entry.parentPath, entry.name))
  const lengths = rooms.map((room) => [path.relative(project, room), readdirSync(room).length] as const)
  expect(lengths.filter(([, length]) => length > 24)).toEqual([])
})

// What nothing uses, `npm test` has found for the whole repository by then.
describe('the package, judged by others', () => {
  it('publint has nothing to say', () => {
    const ran = spawnSync('npx', ['publint', '--strict', inject('tarball')], { cwd: WORKSPACE, encoding: 'utf8' })
    expect(ran).toMatchObject({ status: 0, stdout: expect.stringContaining('All good') })
  })

  it('are-the-types-wrong says that they are right', () => {
    const args = ['attw', inject('tarball'), '--format', 'ascii']
    const ran = spawnSync('npx', args, { cwd: WORKSPACE, encoding: 'utf8' })
    expect(ran).toMatchObject({ status: 0, stdout: expect.stringContaining('No problems found') })
  })
})

describe('the programmatic interface', () => {
  it('is the one in api.txt: whoever changes it changes that file too, and says so in a changeset', () => {
    const built = readFileSync(path.join(inject('packed'), 'dist/index.d.cts'), 'utf8')
    expect(built).toBe(readFileSync(path.join(WORKSPACE, 'api.txt'), 'utf8'))
  })

  it('takes for onConflict what the table of options has', () => {
    const { directory, env } = makeScene()
    const { stdout } = spawnSync(process.execPath, [entry(), 'schema'], { cwd: directory, env, encoding: 'utf8' })
    const values: string[] = JSON.parse(stdout).properties['on-conflict'].enum
    const union = [...values.map((value) => `'${value}'`), 'undefined'].join(' | ')
    expect(readFileSync(path.join(WORKSPACE, 'api.txt'), 'utf8')).toContain(`onConflict?: ${union};`)
  })

  it.each([
    ['a module', ['use.mts'], []],
    [
      'a module and a script of CommonJS, as strict as can be (G8)',
      ['use.mts', 'use.cts'],
      ['--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'],
    ],
  ])('is typed: %s that uses it compiles', (_, files, flags) => {
    const sources = Object.fromEntries(files.map((file) => [file, USE]))
    expect(compile(sources, flags)).toMatchObject({ status: 0, stdout: '' })
  })

  it('G8: options that there are not are refused when they are compiled', () => {
    const refused: [options: string, named: string][] = [
      ["{ directory: 'lab', template: 'minimal', onConflict: 'merge' }", '"merge"'],
      ["{ directory: 'lab', template: 'minimal', python: 3.13 }", "'number'"],
      ["{ directory: 'lab', template: 'minimal', colour: 'red' }", 'colour'],
      ["{ directory: 'lab' }", 'template'],
    ]
    const sources = refused.map(([options], index) => [
      `wrong${index}.mts`,
      `import { create } from 'create-nix-jupyter'\nvoid create(${options})`,
    ])
    const { status, stdout } = compile(Object.fromEntries(sources))
    expect(status).not.toBe(0)
    for (const [index, [, named]] of refused.entries()) {
      const said = stdout.split('\n').find((line) => line.startsWith(`wrong${index}.mts(`))
      expect(said, stdout).toContain(named)
    }
  })
})

/** What a careful user writes: every option may be there or be undefined, and a known template is told from any text. */
const USE = `
  import { create, isCreateError, type CreateOptions, type CreateResult, type TemplateId } from 'create-nix-jupyter'
  const given: { python: string | undefined; git: boolean | undefined } = { python: undefined, git: undefined }
  const template: TemplateId = 'minimal'
  const options: CreateOptions = {
    directory: 'lab', template, ...given, packages: undefined, onConflict: undefined, trust: undefined,
    dryRun: undefined, cwd: undefined, signal: undefined,
  }
  export const made = (): Promise<CreateResult> => create(options)
  export const other = () => create({ directory: 'lab', template: 'OWNER/REPO', trust: true, packages: ['numpy'] as const })
  export const why = (error: unknown): number => (isCreateError(error) ? error.exitCode : 1)`

/** Compiles files that use the packed program, as its users do. */
function compile(sources: Readonly<Record<string, string>>, flags: readonly string[] = []) {
  const { directory } = makeScene()
  mkdirSync(path.join(directory, 'node_modules'))
  symlinkSync(inject('packed'), path.join(directory, 'node_modules/create-nix-jupyter'))
  writeFiles(directory, sources)
  const target = [
    '--noEmit',
    // TypeScript's own declarations are no concern of ours.
    '--skipDefaultLibCheck',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--lib',
    'es2022,dom',
    '--types',
    '',
  ]
  const tsc = path.join(REPOSITORY, 'node_modules/.bin/tsc')
  return spawnSync(tsc, [...target, ...flags, ...Object.keys(sources)], { cwd: directory, encoding: 'utf8' })
}

import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { entry } from './support/program.js'
import { makeScene, preload } from './support/scene.js'

const WORKSPACE = path.resolve(import.meta.dirname, '..')
const REPOSITORY = path.resolve(WORKSPACE, '../..')

/** What a run loads: files of the package, and modules of Node beyond those that every program has. */
function loadedBy(...args: string[]): { files: string[]; builtins: number } {
  const { folder, env } = makeScene()
  const code = `
    const before = process.moduleLoadList.length
    process.on('exit', () => {
      const files = Object.keys(require.cache).filter((file) => file !== __filename)
      process.stderr.write(JSON.stringify({ files, builtins: process.moduleLoadList.length - before }))
    })`
  const { stderr } = spawnSync(process.execPath, [entry(), ...args], {
    cwd: folder,
    env: preload(env, code),
    encoding: 'utf8',
  })
  const { files, builtins } = JSON.parse(stderr)
  return { files: files.map((file: string) => path.relative(inject('packed'), file)), builtins }
}

// Time depends on the machine; what is loaded does not, and it is what takes the time.
describe('what a run loads', () => {
  it('--help: the program alone', () => {
    const { files, builtins } = loadedBy('--help')
    expect(files).toEqual(['bin/create-nix-jupyter.cjs', 'dist/program.cjs'])
    expect(builtins).toBeLessThanOrEqual(35)
  })

  it('a project without questions: the program and the templates', () => {
    const { files, builtins } = loadedBy('lab', '--yes', '--no-git')
    expect(files).toEqual(['bin/create-nix-jupyter.cjs', 'dist/program.cjs', 'dist/templates.cjs'])
    expect(builtins).toBeLessThanOrEqual(54)
  })
})

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

  it('knip finds nothing that is not used', () => {
    const ran = spawnSync('npx', ['knip', '--workspace', 'packages/create-nix-jupyter'], {
      cwd: REPOSITORY,
      encoding: 'utf8',
    })
    expect(ran).toMatchObject({ status: 0, stdout: '' })
  })
})

describe('the programmatic interface', () => {
  it('is the one in api.txt: whoever changes it changes that file too, and says so in a changeset', () => {
    const built = readFileSync(path.join(inject('packed'), 'dist/index.d.ts'), 'utf8')
    expect(built).toBe(readFileSync(path.join(WORKSPACE, 'api.txt'), 'utf8'))
  })

  it('is typed: a program that uses it compiles', () => {
    const { folder } = makeScene()
    mkdirSync(path.join(folder, 'node_modules'))
    symlinkSync(inject('packed'), path.join(folder, 'node_modules/create-nix-jupyter'))
    writeFileSync(
      path.join(folder, 'use.mts'),
      `import { create, isCreateError, type CreateResult } from 'create-nix-jupyter'
       export const made: CreateResult = await create({ directory: 'lab', template: 'minimal', packages: ['numpy'] })
       export const why = (error: unknown): number => (isCreateError(error) ? error.exitCode : 1)`,
    )
    const types = ['--typeRoots', path.join(REPOSITORY, 'node_modules/@types'), '--types', 'node']
    const target = ['--module', 'nodenext', '--target', 'es2022']
    const tsc = path.join(REPOSITORY, 'node_modules/.bin/tsc')
    const ran = spawnSync(tsc, ['--noEmit', '--strict', ...types, ...target, 'use.mts'], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(ran).toMatchObject({ status: 0, stdout: '' })
  })
})

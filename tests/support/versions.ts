import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { inject } from 'vitest'
import { PATH } from './home.ts'

const WORKSPACE = path.resolve(import.meta.dirname, '../../packages/create-nix-jupyter')
const TEMPLATES = path.resolve(WORKSPACE, '../../templates')

/** What a run of a program came to. */
export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A program of another version, built from templates of the test's own. */
export interface Version {
  readonly name: string
  readonly program: string
  readonly directory: string
}

/** Files by path: what they have, or null where there are none. */
export type Files = Readonly<Record<string, string | Buffer | null>>

/**
 * A directory that all test files of a run share: made by the first that wants one of this kind, whole before
 * anybody sees it.
 * @param kind all that makes it differ from others
 */
function made(kind: unknown, make: (directory: string) => void): string {
  const place = path.join(
    inject('shared'),
    createHash('sha256').update(JSON.stringify(kind)).digest('hex').slice(0, 16),
  )
  if (existsSync(place)) return place
  mkdirSync(inject('shared'), { recursive: true })
  const fresh = mkdtempSync(`${place}.`)
  // As another user the tests look at it, too.
  chmodSync(fresh, 0o755)
  make(fresh)
  try {
    renameSync(fresh, place)
  } catch (error) {
    if (!existsSync(place)) throw error
    rmSync(fresh, { recursive: true })
  }
  return place
}

/** Builds a version of the program whose `minimal` has other files, and which has these features. */
export function buildVersion(
  name: string,
  shared: Files,
  features: Readonly<Record<string, Files>> = {},
  executables: readonly string[] = [],
): Version {
  const what = { name, shared, features, executables }
  const directory = made(what, (directory) => build(directory, name, shared, features, executables))
  return { name, directory, program: path.join(directory, 'package/bin/create-nix-jupyter.cjs') }
}

function build(
  directory: string,
  name: string,
  shared: Files,
  features: Readonly<Record<string, Files>>,
  executables: readonly string[],
): void {
  const templates = path.join(directory, 'templates')
  for (const part of ['shared', 'parts', 'minimal'])
    cpSync(path.join(TEMPLATES, part), path.join(templates, part), { recursive: true })
  writeFiles(path.join(templates, 'shared'), shared)
  for (const file of executables) chmodSync(path.join(templates, 'shared', file), 0o755)
  mkdirSync(path.join(directory, 'features'))
  for (const [id, files] of Object.entries(features)) writeFiles(path.join(directory, 'features', id), files)
  const sources = ['--templates', templates, '--features', path.join(directory, 'features')]
  const args = ['build/build.mjs', '--quick', ...sources, '--version', name, '--out', path.join(directory, 'package')]
  execFileSync(process.execPath, args, { cwd: WORKSPACE, env: { PATH } })
  cpSync(path.join(WORKSPACE, 'bin'), path.join(directory, 'package/bin'), { recursive: true })
  const manifest = JSON.parse(readFileSync(path.join(WORKSPACE, 'package.json'), 'utf8'))
  const { scripts: _, devDependencies: __, ...published } = manifest
  writeFileSync(path.join(directory, 'package/package.json'), JSON.stringify({ ...published, version: name }))
}

/** An older version and a newer one, between which a file is changed, one is gone, and one has come. */
export function buildTwoVersions(): [old: Version, fresh: Version] {
  return [
    buildVersion('0.0.1-old', { 'guide.md': 'old\nline\n', 'gone/deep.txt': 'old\n', 'nix/extra.nix': '"old"\n' }),
    buildVersion('0.0.2', { 'guide.md': 'new\nline\n', 'come/deep.txt': 'new\n', 'nix/extra.nix': '"new"\n' }),
  ]
}

/** Writes or removes files. */
export function writeFiles(directory: string, files: Files): void {
  for (const [file, content] of Object.entries(files)) {
    const place = path.join(directory, file)
    if (content === null) {
      rmSync(place)
      continue
    }
    mkdirSync(path.dirname(place), { recursive: true })
    writeFileSync(place, content)
  }
}

/** Puts a packed version where `upgrade` keeps those that npm has fetched. */
export function keepPacked(tarball: string, version: string, env: Record<string, string>): void {
  const cache = path.join(env.HOME ?? '', '.cache/create-nix-jupyter/releases')
  mkdirSync(cache, { recursive: true, mode: 0o700 })
  cpSync(tarball, path.join(cache, `create-nix-jupyter-${version}.tgz`))
}

/** Packs such a version. */
export function pack({ directory, name }: Version): string {
  const place = made(['packed', directory], (fresh) => {
    execFileSync('tar', ['-czf', path.join(fresh, `${name}.tgz`), '-C', directory, 'package'])
  })
  return path.join(place, `${name}.tgz`)
}

/** Runs a program to its end. No run may ever show a stack trace. */
export function runProgram(program: string, args: readonly string[], cwd: string, env: Record<string, string>): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { cwd, env, encoding: 'utf8' })
  if (/^\s+at .*:\d+:\d+/m.test(stdout + stderr)) throw new Error(`a stack trace: ${stdout}${stderr}`)
  return { status, stdout, stderr }
}

/** The project `lab` of a version, in a directory: made once for the same flags, then copied, which is quicker. */
export function makeProject(
  version: Version,
  flags: readonly string[],
  directory: string,
  env: Record<string, string>,
): string {
  const place = made(['project', version.directory, flags], (fresh) => {
    const { status, stderr } = runProgram(version.program, ['lab', '--yes', ...flags], fresh, env)
    if (status !== 0) throw new Error(stderr)
  })
  const project = path.join(directory, 'lab')
  cpSync(path.join(place, 'lab'), project, { recursive: true, preserveTimestamps: true })
  return project
}

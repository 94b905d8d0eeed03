import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { contents, entry } from '../../../tests/support/program.ts'
import { keepPacked, runProgram } from '../../../tests/support/versions.ts'
import { git, makeScene } from '../../../tests/support/world.ts'

// Every release that is kept makes projects, which the program of today upgrades.

const RELEASES = path.resolve(import.meta.dirname, '../../../tests/releases')
const FEATURES = path.resolve(import.meta.dirname, '../../../features')
const releases = readdirSync(RELEASES).filter((name) => name.endsWith('.tgz'))
const TIERS = ['minimal', 'datasci', 'cuda', 'fasthtml', 'uv']
const EDIT = { 'flake.nix': '# Mine, above all.\n', 'README.md': 'My own words.\n\n' }

/** An edited project of a release, in a scene that has no network. */
function scene(release: string, tier: string, isInGit: boolean) {
  const { directory, env: own } = makeScene()
  const env: Record<string, string> = { ...own, CREATE_NIX_JUPYTER_OFFLINE: '1' }
  const tarball = path.join(RELEASES, release)
  const installed = path.join(directory, 'release')
  mkdirSync(installed)
  execFileSync('tar', ['-xzf', tarball, '-C', installed])
  keepPacked(tarball, release.replace(/^create-nix-jupyter-(.*)\.tgz$/, '$1'), env)
  const program = path.join(installed, 'package/bin/create-nix-jupyter.cjs')
  const made = runProgram(program, ['lab', '-t', tier, '--yes', ...(isInGit ? [] : ['--no-git'])], directory, env)
  expect(made.status, made.stderr).toBe(0)
  const project = path.join(directory, 'lab')
  const read = (file: string) => readFileSync(path.join(project, file), 'utf8')
  for (const [file, text] of Object.entries(EDIT)) writeFileSync(path.join(project, file), text + read(file))
  const notebook = read('notebooks/start.ipynb').replace('"source": [', '"source": [ "mine",')
  writeFileSync(path.join(project, 'notebooks/start.ipynb'), notebook)
  return { project, read, notebook, run: (...args: string[]) => runProgram(entry(), args, project, env) }
}

type Listed = { id: string; templates: string[] }

/** What cannot be in a project beside it. */
function excludedBy({ id }: Listed): string[] {
  return JSON.parse(readFileSync(path.join(FEATURES, id, 'feature.json'), 'utf8')).excludes ?? []
}

/** The features in the order in which they are listed, in two rounds: those that cannot be beside one of the first come later. */
function rounds(features: Listed[]): [Listed[], Listed[]] {
  const first: Listed[] = []
  const second = features.filter((one) => {
    const isAlone = first.some((other) => excludedBy(one).includes(other.id) || excludedBy(other).includes(one.id))
    if (!isAlone) first.push(one)
    return isAlone
  })
  return [first, second]
}

it('at least one is kept', () => expect(releases.length).toBeGreaterThan(0))

describe.each(releases)('%s', (release) => {
  it.each(TIERS)('%s, edited in flake.nix, README and a notebook, comes to this version with every edit', (tier) => {
    const { project, read, notebook, run } = scene(release, tier, tier !== 'minimal')
    const ran = run('upgrade')
    expect(ran.status, ran.stdout + ran.stderr).toBe(0)
    expect(read('flake.nix')).toContain(EDIT['flake.nix'])
    expect(read('README.md')).toContain(EDIT['README.md'])
    expect(read('notebooks/start.ipynb')).toBe(notebook)
    expect(run('upgrade').stdout).toContain('is up to date')
    if (tier !== 'minimal') expect(git(project, 'status', '--porcelain')).not.toContain('??')
  })

  it.each(TIERS)('%s: every feature is added and taken out, and all is byte for byte what it was', (tier) => {
    const { project, run } = scene(release, tier, true)
    expect(run('upgrade').status).toBe(0)
    const record = JSON.parse(run('upgrade', '--json').stdout)
    const listed: Listed[] = JSON.parse(run('list', '--json').stdout).features
    const features = listed.filter(({ id, templates }) => templates.includes(tier) && !record.features.includes(id))
    const before = contents(project)
    for (const together of rounds(features)) {
      // What others need comes before them in the list.
      const states = together.map(({ id }) => {
        const state = contents(project)
        const added = run('add', id)
        expect(added.status, added.stdout + added.stderr).toBe(0)
        expect(contents(project)).not.toEqual(state)
        return { id, state }
      })
      for (const { id, state } of states.reverse()) {
        const removed = run('remove', id)
        expect(removed.status, removed.stdout + removed.stderr).toBe(0)
        expect(contents(project)).toEqual(state)
      }
    }
    for (const id of record.features) {
      expect(run('remove', id).status).toBe(0)
      expect(run('add', id).status).toBe(0)
      expect(contents(project)).toEqual(before)
    }
  })
})

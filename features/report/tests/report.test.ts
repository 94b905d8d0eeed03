import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newestNix, readEnvironment } from '../../../tests/support/environment.ts'
import { Project } from '../../../tests/support/project.ts'
import { must, run } from '../../../tests/support/run.ts'

// As users have it. The stand-in for nixpkgs cannot build pandoc and typst; there they are the real ones that PyPI has.

const environment = readEnvironment()
let project: Project

beforeAll(async () => {
  project = await Project.create({ flags: ['--with', 'report'], nix: newestNix(environment) })
  if (!environment.nixpkgs) return
  const flake = join(project.directory, 'flake.nix')
  writeFileSync(flake, readFileSync(flake, 'utf8').replace(/^ *pkgs\.(pandoc|typst)\n/gm, ''))
  const programs = await must('python3', [join(import.meta.dirname, 'programs.py')], { env: process.env })
  project.env.PATH = `${programs.trim()}:${project.env.PATH}`
  await must('git', ['commit', '--quiet', '--all', '--message', 'Programs from PyPI'], project.here())
})
afterAll(() => project?.remove())

test('a notebook becomes a report, from any directory, and git sees nothing of it', async () => {
  const words = ['run', 'notebooks/report.ipynb', '-p', 'city=Oslo', '-p', 'days=3', '--json']
  const ran = await run(join(project.directory, 'lab'), words, project.here({ cwd: tmpdir() }))
  expect(ran.code, ran.stderr).toBe(0)
  const { files, made_from: origin } = JSON.parse(ran.stdout)
  expect(Object.keys(files)).toEqual(['notebook', 'html', 'pdf'])
  expect(readFileSync(files.html, 'utf8')).toContain('Oslo: 3 days')
  expect(readFileSync(files.pdf, 'latin1')).toMatch(/^%PDF-/)
  const head = await must('git', ['rev-parse', 'HEAD'], project.here())
  expect(origin).toMatchObject({ commit: head.trim(), parameters: { city: 'Oslo', days: 3 } })
  const { locked } = JSON.parse(readFileSync(join(project.directory, 'flake.lock'), 'utf8')).nodes.nixpkgs
  expect(origin.nixpkgs).toContain(locked.narHash)
  expect(await project.gitStatus()).toBe('')
  expect(readdirSync(join(project.directory, 'nix/features/report/run'))).not.toContain('__pycache__')
})

test('a terminal of the project takes a path as it stands there, and lab knows the command', async () => {
  const ran = await project.develop(['sh', '-c', 'cd notebooks && lab run report.ipynb'])
  expect(ran.code, ran.stderr).toBe(0)
  expect(ran.stdout).toMatch(/^\.\.\/reports\/report-[\d-]+\.html$/m)
  expect((await project.lab('--help')).stdout).toContain('lab run NOTEBOOK [-p NAME=VALUE]…')
  expect((await project.lab('doctor')).stdout).toContain('ok       lab run can write HTML')
})

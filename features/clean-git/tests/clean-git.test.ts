import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newestNix, readEnvironment } from '../../../tests/support/environment.ts'
import { entry } from '../../../tests/support/program.ts'
import { Project } from '../../../tests/support/project.ts'
import { must } from '../../../tests/support/run.ts'

// As users have it: the packed program, real Nix, a notebook that really ran.

const NOTEBOOK = 'notebooks/start.ipynb'
let project: Project
const git = (...args: string[]) => must('git', args, project.here())
const setUp = () =>
  git('config', '--local', '--list').then((text) => text.match(/^(filter|diff|merge|nix-jupyter)\..*/gm) ?? [])

beforeAll(async () => {
  project = await Project.create({ nix: newestNix(readEnvironment()) })
})
afterAll(() => project.remove())

it('is set up by entering, without a word, and only once', async () => {
  expect(await setUp()).toEqual([])
  const entered = await project.develop(['true'])
  expect(entered.stderr).not.toMatch(/notebook|filter|git config/)
  const lines = await setUp()
  expect(lines).toHaveLength(6)
  await project.develop(['true'])
  expect(await setUp()).toEqual(lines)
  expect((await project.lab('doctor')).stdout).toContain('ok       git keeps notebooks without outputs.')
})

const toldToAgents = () => readFileSync(join(project.directory, 'AGENTS.md'), 'utf8')

it('tells coding agents to leave the outputs of notebooks alone', () => {
  expect(toldToAgents()).toContain('Notebooks go into git without outputs by themselves')
  expect(toldToAgents()).not.toContain('nbconvert')
})

it('keeps what a notebook has written out of git', async () => {
  const secret = 'a-line-that-only-running-writes'
  const notebook = JSON.parse(readFileSync(join(project.directory, NOTEBOOK), 'utf8'))
  const source = [`print('-'.join(['a', 'line', 'that', 'only', 'running', 'writes']))`]
  notebook.cells.push({ cell_type: 'code', id: 'last', execution_count: null, metadata: {}, outputs: [], source })
  writeFileSync(join(project.directory, NOTEBOOK), `${JSON.stringify(notebook, null, 1)}\n`)
  const ran = await project.develop(['jupyter', 'execute', '--inplace', NOTEBOOK])
  expect(ran.stderr).not.toMatch(/Error/)
  expect(readFileSync(join(project.directory, NOTEBOOK), 'utf8')).toContain(secret)
  await git('commit', '--quiet', '--all', '--message', 'Ran')
  const objects = await git('cat-file', '--batch-all-objects', '--batch-check=%(objectname) %(objecttype)')
  const blobs = objects.split('\n').filter((line) => line.endsWith(' blob'))
  for (const line of blobs) expect(await git('cat-file', 'blob', line.split(' ')[0] ?? '')).not.toContain(secret)
  expect(await git('show', `HEAD:${NOTEBOOK}`)).toContain('"id": "last"')
  expect(await git('status', '--porcelain')).toBe('')
})

it('shows what changed without Nix, too', async () => {
  const text = readFileSync(join(project.directory, NOTEBOOK), 'utf8')
  writeFileSync(join(project.directory, NOTEBOOK), text.replace("'only', ", ''))
  const shown = await git('diff')
  expect(shown).toContain("+print('-'.join(['a', 'line', 'that', 'running', 'writes']))")
  await git('checkout', '--quiet', NOTEBOOK)
})

it('is gone from the clone once it is gone from the project', async () => {
  await must(process.execPath, [entry(), 'remove', 'clean-git'], project.here())
  expect(toldToAgents()).toContain('nbconvert --clear-output')
  await git('commit', '--quiet', '--all', '--message', 'Without')
  const entered = await project.develop(['true'])
  expect(entered.code).toBe(0)
  expect(await setUp()).toEqual([])
  expect(await git('ls-files', 'nix/features')).toBe('')
})

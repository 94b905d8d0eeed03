import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { entry } from '../../support/program.ts'
import { Project } from '../../support/project.ts'
import { must, run } from '../../support/run.ts'

// Features that bring Python packages, added later: the lock does not have them yet.

let project: Project
let said: string
beforeAll(async () => {
  project = await Project.shared()
  said = await must(process.execPath, [entry(), 'add', 'dask,hub'], project.here())
})
afterAll(() => project?.remove())

test('the next entering updates the lock, and the packages are there', async () => {
  const imported = await project.develop(['python', '-c', 'import distributed; print(distributed.__name__)'], {
    env: { CI: '' },
  })
  expect([imported.code, imported.stdout], imported.stderr).toEqual([0, 'distributed\n'])
  expect(await project.gitStatus()).toContain(' M uv.lock')
})

test('a limit that a feature sets counts: JupyterHub has one', async () => {
  const server = await project.develop(['sh', '-c', 'jupyterhub-singleuser --version && lab doctor'])
  expect(server.stdout, server.stderr).toMatch(/^5\.\d/)
  expect(server.stdout).toContain('ok       It is version 5, as in the chart of README.md.')
})

test('the command that is printed finds nothing left to do', async () => {
  expect(said).toMatch(/\n {2}\.\/lab lock\n$/)
  const locked = await run(join(project.folder, 'lab'), ['lock'], project.here())
  expect(locked.code, locked.stderr).toBe(0)
  const check = await project.develop(['uv', 'lock', '--check'])
  expect(check.code, check.stderr).toBe(0)
})

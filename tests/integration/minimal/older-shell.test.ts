import { readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { entry } from '../../support/program.ts'
import { Project } from '../../support/project.ts'
import { must } from '../../support/run.ts'

// A terminal that was entered with `nix develop`, and stays open while the project is changed and started again.

let project: Project
beforeAll(async () => {
  project = await Project.create({ nix: (await Project.shared()).nix })
})
afterAll(() => project?.remove())

test('a shell that is older than flake.nix tells the truth, and changes nothing of what runs', async () => {
  const { state } = await project.statusInShell()
  const kernel = () => readFileSync(join(state, 'jupyter/path/kernels/python3/kernel.json'), 'utf8')
  const kept = () => readlinkSync(join(project.directory, '.nix-jupyter/lab'))
  const before = { kernel: kernel(), kept: kept() }
  const script = `
    set -e
    "$NODE" "$PROGRAM" add lsp >&2
    ./start --no-open >&2
    echo; echo SINCE
    lab doctor
    lab start --no-open
  `
  const env = { NODE: process.execPath, PROGRAM: entry() }
  const older = await project.develop(['bash', '-c', script], { env })
  expect(older.code, older.stdout + older.stderr).toBe(0)
  expect(older.stdout.split('SINCE')[1]).toContain('No problem was found.')
  expect(older.stdout).toContain('JupyterLab finds its language server.')
  expect(older.stdout).toContain('is already running')
  expect(older.stderr).not.toContain('without your last changes')
  const after = { kernel: kernel(), kept: kept() }
  expect(after.kernel).not.toBe(before.kernel)
  expect(after.kept).not.toBe(before.kept)
  await must(join(project.directory, 'lab'), ['status'], project.here())
  expect({ kernel: kernel(), kept: kept() }, 'what ./start has found').toEqual(after)
})

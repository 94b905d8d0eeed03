import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { entry } from '../../support/program.ts'
import { Project } from '../../support/project.ts'
import { must, run } from '../../support/run.ts'

let project: Project
beforeAll(async () => {
  project = await Project.shared()
})
afterAll(() => project?.remove())

test('before the first start with a feature, doctor names that start, and no other command', async () => {
  const around = project.here({ cwd: join(project.directory, '..') })
  await must(process.execPath, [entry(), 'add', 'lsp', '--yes'], project.here())
  const asked = await run('my-lab/lab', ['doctor'], around)
  expect(asked.code, asked.stderr).toBe(1)
  expect(asked.stdout).toContain('PROBLEM  flake.nix has changed since the last start')
  expect(asked.stdout).toContain('\n\nProblems: 1.\n')
  const next = /Next: (.*)\n/.exec(asked.stdout.slice(asked.stdout.indexOf('PROBLEM')))?.[1]
  expect(next).toBe('my-lab/lab start --again')
  await must('sh', ['-c', String(next)], around)
  const again = await run('my-lab/lab', ['doctor'], around)
  expect(again.code, again.stdout).toBe(0)
  expect(again.stdout).toContain('ok       JupyterLab finds its language server.')
})

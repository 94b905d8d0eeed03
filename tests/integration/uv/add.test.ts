import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Project } from '../../support/project.ts'
import { must, run } from '../../support/run.ts'

// A kernel as JupyterLab starts one: by its name, from the registered kernels.
const IN_A_KERNEL = `
import nbformat.v4 as v4
from nbclient import NotebookClient
notebook = v4.new_notebook(cells=[v4.new_code_cell("import greenlet; print(greenlet.__version__)")])
NotebookClient(notebook, kernel_name="python3").execute()
print(notebook.cells[0].outputs[0].text, end="")
`

describe('uv: the lock', () => {
  let project: Project
  beforeAll(async () => {
    project = await Project.shared()
  })
  afterAll(() => project?.remove())

  test('that comes with the project is whole: uv finds nothing to change in it', async () => {
    const check = await project.develop(['uv', 'lock', '--check'])
    expect(check.code, check.stderr).toBe(0)
    expect(await project.gitStatus()).toBe('')
  })

  test('keeps what the project cannot start without', async () => {
    const removed = await project.develop(['lab', 'remove', 'jupyterlab'])
    expect([removed.code, removed.stderr.trim()]).toEqual([
      1,
      'my-lab cannot start without jupyterlab, so it is not removed.',
    ])
    expect(await project.gitStatus()).toBe('')
  })

  test('changes by a few lines when `lab add` adds a package: what it says of the others stays as it is', async () => {
    const lines = () => readFileSync(join(project.directory, 'uv.lock'), 'utf8').split('\n')
    const before = lines().filter((line) => line.includes('.whl"'))
    const added = await project.develop(['lab', 'add', 'greenlet==3.5.6'])
    expect(added.code, added.stderr).toBe(0)
    const check = await project.develop(['uv', 'lock', '--check'])
    expect(check.code, check.stderr).toBe(0)
    const after = lines().filter((line) => line.includes('.whl"'))
    expect(after.filter((line) => !line.includes('/greenlet-'))).toEqual(before)
    const removed = await project.develop(['lab', 'remove', 'greenlet'])
    expect(removed.code, removed.stderr).toBe(0)
  })

  test('`uv add` just works, and a new kernel has the package', async () => {
    const added = await project.develop(['uv', 'add', 'greenlet==3.5.6'])
    expect(added.code, added.stderr).toBe(0)
    const kernel = await project.develop(['python', '-c', IN_A_KERNEL])
    expect([kernel.code, kernel.stdout], kernel.stderr).toEqual([0, '3.5.6\n'])
    expect((await project.gitStatus()).split('\n').sort().join()).toBe(', M pyproject.toml, M uv.lock')
    // It has written down all files of all packages, and nothing minds.
    const checked = await project.develop(['uv', 'lock', '--check'])
    expect(checked.code, checked.stderr).toBe(0)
    const doctor = await run('./lab', ['doctor'], project.here())
    expect(doctor.code, doctor.stdout).toBe(0)
  })

  test('editors find the interpreter in a directory with letters that the locale does not know', async () => {
    const odd = join(project.directory, '../Übung 1')
    await must('cp', ['-R', project.directory, odd])
    const entered = await project.develop(['true'], { cwd: odd, env: { LC_ALL: 'C' } })
    expect(entered.code, entered.stderr).toBe(0)
    const version = await run(join(odd, '.nix-jupyter/python3'), ['-c', 'import ipykernel; print("found")'], {
      env: {},
    })
    expect([version.code, version.stdout], version.stderr).toEqual([0, 'found\n'])
    rmSync(odd, { recursive: true })
  })
})

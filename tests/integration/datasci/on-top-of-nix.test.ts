import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Project } from '../../support/project.ts'

// Issue 9, point 4, and F3: a package from PyPI that needs numpy, where numpy comes from Nix.
const PATSY = 'import numpy, patsy; patsy.dmatrix("x", {"x": numpy.ones(2)}); print(numpy.__file__)'

describe('datasci: a package from PyPI on top of the ones from Nix', () => {
  let project: Project
  beforeAll(async () => {
    project = await Project.shared()
  })
  afterAll(() => project?.remove())

  test('is locked for the numpy of Nix, which is not installed a second time', async () => {
    const started = await project.start()
    expect(started.code, started.stderr).toBe(0)
    const added = await project.lab('add', 'patsy')
    expect(added.code, added.stderr).toBe(0)
    expect(added.stdout).toContain(
      'Added to requirements.in: patsy.\nJupyterLab and open shells have the packages from',
    )
    expect(added.stdout).toMatch(/Next: lab start --again\n$/)
    const lock = readFileSync(join(project.directory, 'requirements.txt'), 'utf8')
    expect(lock).toMatch(/^patsy==\S+ \\\n {4}--hash=sha256:/m)
    expect(lock).not.toMatch(/^numpy==/m)
    expect(lock).toMatch(/^# numpy$/m)
    const ran = await project.develop(['python', '-c', PATSY])
    expect(ran.stdout, ran.stderr).toMatch(/^\/nix\/store\//)
  })

  test('and is noticed when flake.nix does not give that numpy any more', async () => {
    const removed = await project.lab('remove', 'numpy', 'pandas', 'matplotlib', 'seaborn', 'scikit-learn', 'scipy')
    expect(removed.code, removed.stderr).toBe(0)
    const lock = readFileSync(join(project.directory, 'requirements.txt'), 'utf8')
    // Something else in flake.nix may still need it; then it is still left to Nix.
    const ofNix = /^# numpy$/m.test(lock)
    expect(/^numpy==/m.test(lock)).toBe(!ofNix)
    const ran = await project.develop(['python', '-c', PATSY])
    expect(ran.code, ran.stderr).toBe(0)
    expect(existsSync(join(project.directory, '.venv'))).toBe(true)
  })
})

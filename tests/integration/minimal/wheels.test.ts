import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { notLinux, notRun } from '../../support/abilities.ts'
import { newestNix, readEnvironment } from '../../support/environment.ts'
import { Project } from '../../support/project.ts'
import { OF_THE_HOST } from '../../support/pypi.ts'
import { run } from '../../support/run.ts'

// A wheel that needs OpenGL, X11, xcb and glib of its computer.
const WHEEL = 'opencv-python==5.0.0.93'
const IMPORT = `import cv2; print(cv2.__version__)${OF_THE_HOST}`
const IMPORTED = [0, '5.0.0\n[]\n']

describe.skipIf(notLinux)(`a compiled wheel on top of the packages from Nix (H12)${notRun(notLinux)}`, () => {
  let project: Project
  beforeAll(async () => {
    project = await Project.create({ nix: newestNix(readEnvironment()) })
  })
  afterAll(() => project?.remove())

  test('without packages from PyPI, its libraries are not downloaded', async () => {
    expect(await libraries()).not.toContain('libx11')
  })

  test('it finds its libraries as soon as it is added, and at the next entry', async () => {
    const added = await project.lab('add', WHEEL)
    expect(added.code, added.stderr).toBe(0)
    const { code, stdout, stderr } = await run(
      join(project.directory, '.venv/bin/python3'),
      ['-c', IMPORT],
      project.here(),
    )
    expect([code, stdout], stderr).toEqual(IMPORTED)
    const again = await project.develop(['python', '-c', IMPORT])
    expect([again.code, again.stdout], again.stderr).toEqual(IMPORTED)
    expect(await libraries()).toContain('libx11')
  })

  const libraries = async () => (await project.develop(['sh', '-c', 'cat "$NIX_JUPYTER_PROJECT"'])).stdout
})

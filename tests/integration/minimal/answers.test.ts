import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { newestNix, readEnvironment } from '../../support/environment.ts'
import { Project } from '../../support/project.ts'
import { must } from '../../support/run.ts'

describe('minimal: with other answers', () => {
  const { nix: versions } = readEnvironment()
  const nix = newestNix(readEnvironment())
  let project: Project | undefined
  afterEach(async () => {
    await project?.remove()
    project = undefined
  })

  test('--python 3.14 is the Python of shell and kernel', async () => {
    project = await Project.create({ nix, flags: ['--python', '3.14'] })
    const result = await project.develop(['python', '-c', 'import sys, jupyterlab; print(sys.version_info[:2])'])
    expect([result.code, result.stdout], result.stderr).toEqual([0, '(3, 14)\n'])
    const tests = await project.develop(['python', '-m', 'unittest', 'discover', '--start-directory', 'tests'])
    expect(tests.code, tests.stderr).toBe(0)
  })

  test('--packages: what nixpkgs has comes from there, the rest from PyPI', async () => {
    project = await Project.create({ nix, flags: ['--packages', 'numpy,greenlet==3.5.6'] })
    expect(readFileSync(join(project.directory, 'flake.nix'), 'utf8')).toMatch(/\bnumpy\b/)
    const code = 'import numpy, greenlet; print(numpy.__file__); print(greenlet.__file__)'
    // Not as on a build machine, where a package that is not locked yet is an error.
    const result = await project.develop(['python', '-c', code], { env: { CI: '' } })
    expect(result.code, result.stderr).toBe(0)
    const [numpy, greenlet] = result.stdout.split('\n')
    expect(numpy).toMatch(/^\/nix\/store\//)
    expect(greenlet?.startsWith(join(project.directory, '.venv'))).toBe(true)
  })

  test.each(versions)('inside a git repository it is part of that one, and works, with Nix $version', async (each) => {
    project = await Project.create({ nix: each, inRepository: true })
    const top = await must('git', ['rev-parse', '--show-toplevel'], project.here())
    expect(top.trim()).toBe(join(project.directory, '..'))
    const result = await project.develop(['sh', '-c', 'echo "$NIX_JUPYTER_ROOT"'])
    expect([result.code, result.stdout.trim()], result.stderr).toEqual([0, project.directory])
    const started = await project.start()
    expect(started.code, started.stderr).toBe(0)
  })
})

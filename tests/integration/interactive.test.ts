import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FLAKES } from '../support/cache.mjs'
import { readEnvironment } from '../support/environment.ts'
import { processesOf } from '../support/processes.ts'
import { openCommand } from '../support/program.ts'
import { Project } from '../support/project.ts'
import { ask } from '../support/pypi.ts'
import { run } from '../support/run.ts'
import { fileForPyPI, isOfItsOwn, shownUnlessOwn, template } from '../support/template.ts'

describe.runIf(isOfItsOwn)(`${template.id}: somebody sits in front of it${shownUnlessOwn}`, () => {
  let project: Project
  beforeAll(async () => {
    project = await Project.shared()
  })
  afterAll(() => project?.remove())

  const openShell = () => {
    const env = { ...project.env, TERM: 'xterm', CI: undefined }
    return openCommand(['nix', ...FLAKES, 'develop'], project.directory, env, 200)
  }

  test('the shell greets in at most three lines, with name, Python, packages and what to type', async () => {
    const terminal = openShell()
    await terminal.see(/lab {2}to see/)
    terminal.type('lab status; exit 3\r')
    expect(await terminal.exited).toBe(3)
    // Before it, Nix may have shown how far it is.
    const greeting = /my-lab: Python 3\.\d+\.\d+ with \d+ packages\.\n[\s\S]*to see what else there is\./.exec(
      terminal.screen(),
    )
    expect(greeting?.[0].split('\n').length).toBeLessThanOrEqual(3)
    expect(terminal.screen()).toContain('my-lab is not running')
  })

  test('when packages cannot be installed, the shell opens all the same, and says what to do', async () => {
    const path = join(project.directory, fileForPyPI)
    const good = readFileSync(path, 'utf8')
    ask(project, 'this-package-does-not-exist-5f1c==1')
    const terminal = openShell()
    await terminal.see(/Once it is fixed, type: {2}lab sync/)
    terminal.type('echo still $((40 + 2)); exit\r')
    await terminal.see(/still 42/)
    expect(await terminal.exited).toBe(0)
    writeFileSync(path, good)
  })

  test('direnv enters it, twice, and leaves nothing behind', async () => {
    const direnv = readEnvironment().direnv
    const enter = () =>
      run(direnv, ['exec', '.', 'sh', '-c', 'echo "$NIX_JUPYTER_ROOT"; command -v lab'], project.here())
    expect((await run(direnv, ['allow'], project.here())).code).toBe(0)
    for (const _ of ['first', 'second']) {
      const result = await enter()
      expect(result.stdout.split('\n')[0], result.stderr).toBe(project.directory)
      expect(result.stdout).toMatch(/\/lab\n$/)
    }
    expect(processesOf(project.state)).toEqual([])
    expect(await project.gitStatus()).not.toContain('??')
  })

  test('a comment in the file of packages changes nothing', async () => {
    const path = join(project.directory, fileForPyPI)
    appendFileSync(path, '# a thought\n')
    const result = await project.develop(['true'])
    expect(result, result.stderr).toMatchObject({ code: 0, signal: null })
  })
})

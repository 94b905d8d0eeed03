import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newestNix, readEnvironment, system } from '../support/environment.ts'
import { processesOf } from '../support/processes.ts'
import { Project } from '../support/project.ts'
import { run } from '../support/run.ts'
import { forNixAlone, isFilledByNix, isFirstOfItsKind, template } from '../support/template.ts'

const environment = readEnvironment()
// What an older Nix makes of a shell is the same in all templates, so one of them shows it. It evaluates each (project.test.ts).
const versions = template.id === 'minimal' ? environment.nix : [newestNix(environment)]

describe.each(versions)(`${template.id}: the shell, with Nix $version`, (nix) => {
  let project: Project
  beforeAll(async () => {
    project = await Project.enteredWith(nix)
  })
  afterAll(() => project?.remove())

  test('runs a command, gives its output and nothing else, and its exit code', async () => {
    const result = await project.develop(['sh', '-c', 'echo only this; exit 7'])
    expect([result.code, result.stdout]).toEqual([7, 'only this\n'])
  })

  test('is quiet when nothing changed', async () => {
    const result = await project.develop(['true'])
    expect(result.stderr.split('\n').filter((line) => line && !/Git tree .* is dirty/.test(line))).toEqual([])
  })

  test('hands standard input on', async () => {
    const result = await project.develop(['cat'], { input: 'through' })
    expect(result.stdout).toBe('through')
  })

  test('leaves nothing running and nothing in the project', async () => {
    await project.develop(['python', '-c', 'import sys'])
    expect(processesOf(project.state)).toEqual([])
    expect(await project.gitStatus()).toBe('')
  })

  test("has the environment's interpreter and one kernel, by its absolute path", async () => {
    const code = 'import sys; print(sys.executable); print(sys.prefix)'
    const [executable, prefix] = (await project.develop(['python', '-c', code])).stdout.trim().split('\n')
    expect(prefix).toMatch(/^\/nix\/store\/|\/\.venv$/)
    expect(executable?.startsWith(String(prefix))).toBe(true)

    const kernels = JSON.parse((await project.develop(['jupyter', 'kernelspec', 'list', '--json'])).stdout).kernelspecs
    expect(Object.keys(kernels)).toEqual(['python3'])
    const kernel = kernels.python3.spec.argv[0]
    expect(kernel).toMatch(/^\//)
    const same = await project.develop([kernel, '-c', 'import sys; print(sys.prefix)'])
    expect(same.stdout.trim()).toBe(prefix)
  })

  test('editors find the interpreter at a path that stays the same (B2)', async () => {
    const prefix = (await project.develop(['python', '-c', 'import sys; print(sys.prefix)'])).stdout
    const settings = JSON.parse(readFileSync(join(project.directory, '.vscode', 'settings.json'), 'utf8'))
    const path: string = settings['python.defaultInterpreterPath']
    const interpreter = path.replace(`\${workspaceFolder}`, project.directory)
    const code = 'import sys, ipykernel; print(sys.prefix)'
    const outside = await run(interpreter, ['-c', code], { env: { PATH: '/usr/bin:/bin' } })
    expect([outside.code, outside.stdout], outside.stderr).toEqual([0, prefix])
  })

  test('keeps its state in one private directory outside the project', async () => {
    const parent = join(project.state, 'nix-jupyter')
    const [name] = readdirSync(parent)
    expect(name).toMatch(/^my-lab-[0-9a-f]{10}$/)
    expect(statSync(join(parent, String(name))).mode & 0o777).toBe(0o700)
    expect(existsSync(join(project.directory, '.jupyter'))).toBe(false)
  })

  test('works from a directory inside the project, and says so where it is outside', async () => {
    const inside = await project.develop(['sh', '-c', 'echo $NIX_JUPYTER_ROOT'], {
      cwd: join(project.directory, 'notebooks'),
    })
    expect(inside.stdout.trim()).toBe(project.directory)

    const args = ['develop', project.directory, '--command', 'true']
    const outside = await project.nixCommand(args, { cwd: '/' })
    expect(outside.code).not.toBe(0)
    expect(outside.stderr).toContain('This directory is not inside the project')
  })

  test('does not greet a program', async () => {
    const result = await project.develop(['true'])
    expect(result.stderr + result.stdout).not.toContain('Type  start')
  })

  const byTheCheck = isFilledByNix && !isFirstOfItsKind ? ' (shown by its check)' : ''
  const byTheNewest = nix === newestNix(environment) ? '' : ' (shown with the newest Nix)'
  const shown = byTheCheck || byTheNewest
  test.runIf(!shown)(`runs the project's own tests${shown}`, async () => {
    const result = await project.develop(['python', '-m', 'unittest', 'discover', '--start-directory', 'tests'])
    expect(result.stderr).toMatch(/\nOK/)
    expect(result.code, result.stderr).toBe(0)
    expect(await project.gitStatus()).toBe('')
  })

  // A build has no network: what comes from PyPI is not there.
  test.runIf(isFilledByNix)(`checks itself: \`nix build\` of the tests among the checks${forNixAlone}`, async () => {
    const result = await project.nixCommand(['build', '--no-link', '--print-build-logs', `.#checks.${system}.tests`])
    expect(result.code, result.stderr).toBe(0)
  })
})

import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { newestNix, readEnvironment } from '../harness/environment.ts'
import { Project } from '../harness/project.ts'
import { run } from '../harness/run.ts'

// A compiled wheel that needs libstdc++.
const WHEEL = 'greenlet==3.5.6'
const IMPORT = 'import greenlet; print(greenlet.__version__)'
const inNixpkgsTiers = ['minimal', 'datasci', 'cuda'].includes(inject('template'))

describe.runIf(inNixpkgsTiers)(`${inject('template')}: packages from PyPI on top`, () => {
  let project: Project
  let requirements: string
  let comment: string

  beforeAll(async () => {
    project = await Project.create({ nix: newestNix(readEnvironment()) })
    requirements = join(project.folder, 'requirements.txt')
    comment = readFileSync(requirements, 'utf8')
  })
  afterAll(() => project?.remove())

  const interpreter = async () =>
    (await project.develop(['python', '-c', 'import sys; print(sys.prefix)'])).stdout.trim()

  test('there is no virtual environment while nobody asks for one', async () => {
    expect(await interpreter()).toMatch(/^\/nix\/store\//)
    expect(existsSync(join(project.folder, '.venv'))).toBe(false)
  })

  test('the wheel does not import on the bare interpreter: there is no libstdc++ for it', async () => {
    const target = join(project.folder, '..', 'bare')
    const pip = ['python', '-m', 'pip', 'install', '--quiet', '--no-deps', '--target', target, WHEEL]
    const installed = await project.develop(pip)
    expect(installed.code, installed.stderr).toBe(0)
    const bare = await project.develop(['env', `PYTHONPATH=${target}`, 'python', '-c', IMPORT])
    expect(bare.code).toBe(1)
    expect(bare.stderr).toContain('libstdc++.so.6')
  })

  test('a line in requirements.txt makes one that still sees the Nix packages, and the wheel imports', async () => {
    appendFileSync(requirements, `${WHEEL}\n`)
    const result = await project.develop(['python', '-c', `import jupyterlab; ${IMPORT}`])
    expect([result.code, result.stdout], result.stderr).toEqual([0, '3.5.6\n'])
    expect(await interpreter()).toBe(join(project.folder, '.venv'))
    expect(await project.gitStatus()).toBe(' M requirements.txt\n')
  })

  test('the kernel sees it too', async () => {
    const code =
      "from jupyter_client.kernelspec import KernelSpecManager as M; print(M().get_kernel_spec('python3').argv[0])"
    const kernel = (await project.develop(['python', '-c', code])).stdout.trim()
    expect(kernel).toBe(join(project.folder, '.venv/bin/python3'))
    expect((await project.develop([kernel, '-c', IMPORT])).stdout).toBe('3.5.6\n')
  })

  test('git, terminals and editors see no LD_LIBRARY_PATH', async () => {
    const shell = await project.develop(['sh', '-c', 'echo "[$LD_LIBRARY_PATH]"'])
    expect(shell.stdout).toBe('[]\n')
    const code = "import os, subprocess; print(os.environ.get('LD_LIBRARY_PATH'), flush=True); subprocess.run(['env'])"
    const child = await project.develop(['python', '-c', code])
    expect(child.stdout).toMatch(/^None\n/)
    expect(child.stdout).not.toMatch(/^LD_LIBRARY_PATH=/m)
  })

  test("a value of the user's own is kept", async () => {
    const code = "import os; print(os.environ['LD_LIBRARY_PATH'])"
    const result = await project.develop(['python', '-c', code], { env: { LD_LIBRARY_PATH: '/somewhere' } })
    expect(result.stdout).toBe('/somewhere\n')
  })

  test('the second entry touches no network', async () => {
    // A network namespace of its own, without an interface: whoever asks for the network fails.
    const command = [project.nix.bin, 'nix'].join('/')
    const flags = [
      '--extra-experimental-features',
      'nix-command flakes',
      'develop',
      '--command',
      'python',
      '-c',
      IMPORT,
    ]
    const result = await run('unshare', ['--net', command, ...flags], project.here())
    expect([result.code, result.stdout], result.stderr).toEqual([0, '3.5.6\n'])
  })

  test('a broken requirement fails clearly, keeps the log, and the next try works', async () => {
    appendFileSync(requirements, 'this-package-does-not-exist-5f1c==1\n')
    const broken = await project.develop(['true'])
    expect(broken.code).toBe(1)
    expect(broken.stderr).toContain('this-package-does-not-exist-5f1c')
    const log = /(\/\S+\.log)/.exec(broken.stderr)?.[1]
    expect(log && existsSync(log), broken.stderr).toBe(true)
    expect((await project.start()).code).toBe(1)

    writeFileSync(requirements, `${comment}${WHEEL}\n`)
    const mended = await project.develop(['python', '-c', IMPORT])
    expect([mended.code, mended.stdout], mended.stderr).toEqual([0, '3.5.6\n'])
  })

  test('two shells that enter at once do not disturb each other', async () => {
    rmSync(join(project.folder, '.venv'), { recursive: true })
    const both = await Promise.all([
      project.develop(['python', '-c', IMPORT]),
      project.develop(['python', '-c', IMPORT]),
    ])
    for (const result of both) expect([result.code, result.stdout], result.stderr).toEqual([0, '3.5.6\n'])
  })

  test('it is made again after its interpreter vanished', async () => {
    rmSync(join(project.folder, '.venv/bin/python3'))
    const result = await project.develop(['python', '-c', IMPORT])
    expect([result.code, result.stdout], result.stderr).toEqual([0, '3.5.6\n'])
  })

  test('it is left aside when nothing is asked of it any more', async () => {
    writeFileSync(requirements, comment)
    expect(await interpreter()).toMatch(/^\/nix\/store\//)
  })
})

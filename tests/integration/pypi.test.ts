import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noCutOff, notLinux, notRun } from '../support/abilities.ts'
import { FLAKES } from '../support/cache.mjs'
import { processesOf } from '../support/processes.ts'
import { Project } from '../support/project.ts'
import { ask } from '../support/pypi.ts'
import { must, run } from '../support/run.ts'
import {
  fileForPyPI,
  isFilledByUv,
  isFirstOfItsInstaller,
  isFirstOfItsKind,
  isOfItsOwn,
  shownByInstaller,
  shownElsewhere,
  shownUnlessOwn,
  template,
} from '../support/template.ts'

// A compiled wheel that needs libstdc++, and that no tier has from elsewhere.
const WHEEL = 'greenlet==3.5.6'
const IMPORT = 'import greenlet; print(greenlet.__version__)'
const IMPORTED = [0, '3.5.6\n']
// Not a build machine: there, a lock that is out of date is an error.
const AT_HOME = { env: { CI: '' } }

describe.runIf(isOfItsOwn)(`${template.id}: packages from PyPI${shownUnlessOwn}`, () => {
  let project: Project
  let before: string
  const path = (name: string) => join(project.directory, name)
  const python = (...args: string[]) => project.develop(['python', ...args], AT_HOME)

  beforeAll(async () => {
    project = await Project.shared()
    before = readFileSync(path(fileForPyPI), 'utf8')
  })
  afterAll(() => project?.remove())

  test('a wheel does not import on the bare interpreter: there is no libstdc++ for it', async () => {
    const target = join(project.directory, '..', 'bare')
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', target, WHEEL]
    const args = isFilledByUv ? ['uv', 'pip', 'install', '--quiet', '--target', target, WHEEL] : ['python', ...pip]
    const installed = await project.develop(args, AT_HOME)
    expect(installed.code, installed.stderr).toBe(0)
    // What lab runs on: the interpreter from Nix, without the virtual environment on top.
    const code = 'import json, os; print(json.load(open(os.environ["NIX_JUPYTER_PROJECT"]))["python"])'
    const interpreter = (await python('-c', code)).stdout.trim()
    const bare = await project.develop(['env', `PYTHONPATH=${target}`, interpreter, '-c', IMPORT])
    expect(bare.code).toBe(1)
    expect(bare.stderr).toContain('libstdc++.so.6')
  })

  test('asked for in its file, it is there at the next entry, beside JupyterLab', async () => {
    ask(project, WHEEL)
    const result = await python('-c', `${IMPORT}; import jupyterlab`)
    expect([result.code, result.stdout], result.stderr).toEqual(IMPORTED)
    expect((await python('-c', 'import sys; print(sys.prefix)')).stdout.trim()).toBe(path('.venv'))
    expect(await project.gitStatus()).not.toContain('??')
  })

  // With uv, the image holds all of JupyterLab, which takes its time to build: image.test.ts does it once.
  const noImage = notLinux || isFilledByUv || !isFirstOfItsKind
  test.skipIf(noImage)(`the image has it, too, with its libraries${notRun(notLinux)}${shownElsewhere}`, async () => {
    const built = await project.nixCommand(['build', '--no-link', '--print-out-paths', '.#image'])
    expect(built.code, built.stderr).toBe(0)
    const all = (await must('nix-store', ['--query', '--requisites', built.stdout.trim()], project.here())).split('\n')
    const inImage = all.filter((name) => name.endsWith('-venv')).map((venv) => join(venv, 'bin/python3'))
    expect(inImage).toHaveLength(1)
    const imported = await run(inImage[0] ?? '', ['-c', `${IMPORT}; import jupyterlab`], { env: {} })
    expect([imported.code, imported.stdout], imported.stderr).toEqual(IMPORTED)
  })

  test('a build machine takes the project as it now is, and changes nothing', async () => {
    const status = await project.gitStatus()
    const result = await project.develop(['python', '-c', IMPORT])
    expect([result.code, result.stdout], result.stderr).toEqual(IMPORTED)
    expect(await project.gitStatus()).toBe(status)
  })

  test('the kernel sees it too', async () => {
    const code =
      "from jupyter_client.kernelspec import KernelSpecManager as M; print(M().get_kernel_spec('python3').argv[0])"
    const kernel = (await python('-c', code)).stdout.trim()
    expect(kernel).toBe(path('.venv/bin/python3'))
    expect((await project.develop([kernel, '-c', IMPORT])).stdout).toBe('3.5.6\n')
  })

  test('git, terminals and editors see no LD_LIBRARY_PATH', async () => {
    const shell = await project.develop(['sh', '-c', 'echo "[$LD_LIBRARY_PATH]"'])
    expect(shell.stdout).toBe('[]\n')
    const code = "import os, subprocess; print(os.environ.get('LD_LIBRARY_PATH'), flush=True); subprocess.run(['env'])"
    const child = await python('-c', code)
    expect(child.stdout).toMatch(/^None\n/)
    expect(child.stdout).not.toMatch(/^LD_LIBRARY_PATH=/m)
  })

  test("a value of the user's own is put aside, because programs of Nix break with it", async () => {
    const code =
      "import os; print([os.environ.get(n) for n in ('LD_LIBRARY_PATH', 'NIX_JUPYTER_HOST_LD_LIBRARY_PATH')])"
    const result = await project.develop(['python', '-c', code], { env: { LD_LIBRARY_PATH: '/somewhere' } })
    expect(result.stdout).toBe("[None, '/somewhere']\n")
  })

  test.skipIf(noCutOff)(`the second entry touches no network${notRun(noCutOff)}`, async () => {
    // A network namespace of its own, without an interface: whoever asks for the network fails.
    const command = [...FLAKES, 'develop', '--command', 'python', '-c', IMPORT]
    const result = await run('unshare', ['--net', join(project.nix.bin, 'nix'), ...command], project.here())
    expect([result.code, result.stdout], result.stderr).toEqual(IMPORTED)
  })

  test('what cannot be had fails clearly, keeps the log, and the next try works', async () => {
    const good = readFileSync(path(fileForPyPI), 'utf8')
    ask(project, 'this-package-does-not-exist-5f1c==1')
    const broken = await project.develop(['true'], AT_HOME)
    expect(broken.code).toBe(1)
    expect(broken.stderr).toContain('this-package-does-not-exist-5f1c')
    const log = /(\/\S+\.log)/.exec(broken.stderr)?.[1]
    expect(log && existsSync(log), broken.stderr).toBe(true)
    expect((await project.nixCommand(['run'], AT_HOME)).code).toBe(1)
    if (!notLinux) {
      const image = await project.nixCommand(['build', '--no-link', '.#image'])
      expect(image.code).not.toBe(0)
      expect(image.stderr).toMatch(
        isFilledByUv ? /uv\.lock does not fit pyproject\.toml/ : /5f1c==1, which is not locked/,
      )
      expect(image.stderr).toContain('Next: ./lab lock')
    }
    expect(processesOf(project.state)).toEqual([])

    writeFileSync(path(fileForPyPI), good)
    const fixed = await python('-c', IMPORT)
    expect([fixed.code, fixed.stdout], fixed.stderr).toEqual(IMPORTED)
  })

  // The same in all templates that fill their environment in the same way: the first of them shows it.
  test.runIf(isFirstOfItsKind)(
    `A4: JupyterLab opens all the same, with a good environment from before and without one${shownElsewhere}`,
    async () => {
      const good = readFileSync(path(fileForPyPI), 'utf8')
      ask(project, 'this-package-does-not-exist-5f1c==1')
      const without = isFilledByUv ? 'with the packages that are in uv.lock' : 'without the packages from PyPI'
      for (const runs of ['with the packages from before', without]) {
        const started = await project.start()
        expect(started.code, started.stderr).toBe(1)
        expect(started.stderr).toContain('this-package-does-not-exist-5f1c')
        expect(started.stderr).toContain(`JupyterLab runs ${runs}.`)
        const jupyter = (await project.status()).services.find(({ name }) => name === 'jupyter')
        expect(jupyter?.ready).toBe(true)
        await project.stop()
        rmSync(path('.venv'), { recursive: true, force: true })
      }
      writeFileSync(path(fileForPyPI), good)
      const fixed = await python('-c', IMPORT)
      expect([fixed.code, fixed.stdout], fixed.stderr).toEqual(IMPORTED)
    },
  )

  test.runIf(isFirstOfItsInstaller)(
    `two shells that enter at once do not disturb each other${shownByInstaller}`,
    async () => {
      rmSync(path('.venv'), { recursive: true })
      for (const result of await Promise.all([python('-c', IMPORT), python('-c', IMPORT)])) {
        expect([result.code, result.stdout], result.stderr).toEqual(IMPORTED)
      }
    },
  )

  test.runIf(isFirstOfItsInstaller)(`it is made again after its interpreter vanished${shownByInstaller}`, async () => {
    rmSync(path('.venv/bin/python3'))
    const result = await python('-c', IMPORT)
    expect([result.code, result.stdout], result.stderr).toEqual(IMPORTED)
  })

  test('taken out of the file again, it is gone', async () => {
    writeFileSync(path(fileForPyPI), before)
    await project.nixCommand(['run', '.#lab', '--', 'lock'], AT_HOME)
    const result = await python('-c', IMPORT)
    expect(result.stderr).toContain("No module named 'greenlet'")
  })
})

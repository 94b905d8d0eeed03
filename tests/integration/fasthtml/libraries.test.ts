import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { notLinux, notRun } from '../../support/abilities.ts'
import { Project } from '../../support/project.ts'
import { OF_THE_HOST } from '../../support/pypi.ts'

// What PEP 599 lets a wheel expect of any Linux, and what wheels want beside that.
const EVERYWHERE = [
  ...['libX11.so.6', 'libXext.so.6', 'libXrender.so.1', 'libICE.so.6', 'libSM.so.6', 'libGL.so.1', 'libz.so.1'],
  ...['libglib-2.0.so.0', 'libgobject-2.0.so.0', 'libgthread-2.0.so.0', 'libexpat.so.1', 'libstdc++.so.6'],
  ...['libgcc_s.so.1', 'libxcb.so.1', 'libzstd.so.1', 'libEGL.so.1'],
]

const LOAD = 'import ctypes; ctypes.CDLL("libonly-here.so.1")'

describe.skipIf(notLinux)(`libraries for compiled wheels, named in flake.nix (H12)${notRun(notLinux)}`, () => {
  let project: Project
  beforeAll(async () => {
    project = await Project.shared()
  })
  afterAll(() => project?.remove())
  const python = (code: string) => project.develop(['python', '-c', code], { env: { CI: '' } })
  const describeWith = (libraries: string) => {
    const file = join(project.directory, 'flake.nix')
    const text = readFileSync(file, 'utf8').replace(/ *libraries = .*\n/, '')
    writeFileSync(file, text.replace(/( *)packages = \[/, `$1libraries = ${libraries};\n$1packages = [`))
  }

  test('what any Linux has is there without a word, and from Nix', async () => {
    const code = `import ctypes; [ctypes.CDLL(name) for name in ${JSON.stringify(EVERYWHERE)}]${OF_THE_HOST}`
    const result = await python(code)
    expect([result.code, result.stdout], result.stderr).toEqual([0, '[]\n'])
  })

  test('a library of another directory is found by Python, and by nobody else', async () => {
    const before = await python(LOAD)
    expect(before.stderr).toContain('libonly-here.so.1')
    const directory = join(dirname(project.directory), 'libraries')
    mkdirSync(directory)
    const code = 'import _ctypes; print(_ctypes.__file__)'
    copyFileSync((await python(code)).stdout.trim(), join(directory, 'libonly-here.so.1'))
    describeWith(`[ pkgs.zlib "${directory}" ]`)
    const after = await python(LOAD)
    expect(after.code, after.stderr).toBe(0)
    expect((await project.develop(['sh', '-c', 'echo "[$LD_LIBRARY_PATH]"'])).stdout).toBe('[]\n')
  })

  test("packages from PyPI find the graphics card's driver, in a template that is not made for a card", async () => {
    const driver = join(dirname(project.directory), 'driver')
    mkdirSync(driver)
    const [library = ''] = (await python('import _ctypes; print(_ctypes.__file__)')).stdout.split('\n')
    for (const name of ['libcuda.so.1', 'libcudart.so.13']) copyFileSync(library, join(driver, name))
    const code = 'import ctypes, sys; ctypes.CDLL(sys.argv[1])'
    const load = (name: string) =>
      project.develop(['python', '-c', code, name], { env: { CI: '', NIX_JUPYTER_DRIVER: driver } })
    expect((await python(code.replace('sys.argv[1]', '"libcuda.so.1"'))).stderr).toContain('libcuda.so.1')
    const found = await load('libcuda.so.1')
    expect(found.code, found.stderr).toBe(0)
    // A CUDA toolkit of the computer would replace the one that the packages bring.
    expect((await load('libcudart.so.13')).stderr).toContain('libcudart.so.13')
  })

  test('what is no library is said with the line and the way to write it', async () => {
    describeWith('[ "expat" ]')
    const result = await project.develop(['true'])
    expect(result.code).not.toBe(0)
    expect(result.stderr).toMatch(/flake\.nix, line \d+: `libraries` cannot hold the text "expat"/)
    expect(result.stderr).toContain('write pkgs.expat without quotes')
  })
})

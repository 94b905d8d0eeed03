import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { system } from '../../support/environment.ts'
import { Project } from '../../support/project.ts'
import { run } from '../../support/run.ts'

describe('minimal: what people write into flake.nix', () => {
  let project: Project
  let text: string
  const file = () => join(project.directory, 'flake.nix')

  beforeAll(async () => {
    project = await Project.shared()
    text = readFileSync(file(), 'utf8')
  })
  afterEach(() => writeFileSync(file(), text))
  afterAll(() => project?.remove())

  function write(before: string, after: string): number {
    expect(text).toContain(before)
    writeFileSync(file(), text.replace(before, after))
    return text.slice(0, text.indexOf(before)).split('\n').length
  }
  const evaluate = () => project.nixCommand(['eval', '--raw', `.#devShells.${system}.default.drvPath`])

  const PACKAGES = 'with ps; [ ]'
  // B12: each of these was accepted and did nothing, or ended in a trace of Nix.
  test.each([
    [PACKAGES, 'with ps; [ "numpy" ]', '`pythonPackages` cannot hold the text "numpy"', 'write numpy without quotes'],
    [PACKAGES, 'with ps; [ pkgs.git ]', '`pythonPackages` cannot hold the package git', 'move it to `packages`'],
    [PACKAGES, 'with ps; [ python313Packages.pandas ]', 'cannot hold `python313Packages.pandas`', 'write `pandas`'],
    [PACKAGES, 'with ps; [ pkgs.python314Packages.numpy ]', 'cannot hold the package numpy', 'is for 3.14'],
    [PACKAGES, 'with ps; numpy', '`pythonPackages` cannot be the package numpy', 'write a list'],
    [`ps: ${PACKAGES}`, '[ ]', '`pythonPackages` cannot be a value of the type list', 'ps: with ps;'],
    ['[ pkgs.git ]', '[ "git" ]', '`packages` cannot hold the text "git"', 'write pkgs.git without quotes'],
    ['pkgs.python313', '"3.13"', '`python` cannot be the text "3.13"', 'write python = pkgs.python313;'],
    [
      '"python server.py"',
      '[ "x" ]',
      '`services.server.command` cannot be a value of the type list',
      'write command =',
    ],
  ])('B12: %s as %s is refused, with the line and the way to write it', async (before, after, what, next) => {
    const line = write(before, after)
    const { code, stderr } = await evaluate()
    expect(code).not.toBe(0)
    expect(stderr).toContain(`flake.nix, line ${line}: `)
    expect(stderr).toContain(what)
    expect(stderr.slice(stderr.indexOf(what))).toMatch(/Next: .+/)
    expect(stderr).toContain(next)
  })

  test.each(['numpy', 'pkgs.python313Packages.numpy'])('B12: %s is a package', async (name) => {
    write(PACKAGES, `with ps; [ ${name} ]`)
    const { code, stderr } = await evaluate()
    expect(code, stderr).toBe(0)
  })

  test('B7: a package whose name begins with cuda asks for no CUDA shell', async () => {
    const driver = mkdtempSync(join(tmpdir(), 'driver-'))
    writeFileSync(join(driver, 'libcuda.so.1'), '')
    write(PACKAGES, 'with ps; [\n    cuda-bindings\n  ]')
    const env = { NIX_JUPYTER_DRIVER: driver }
    const chosen = await run('sh', ['-c', '. nix/enter.sh && nix_jupyter_choose_shell'], project.here({ env }))
    expect([chosen.code, chosen.stdout]).toEqual([0, '.\n'])
    rmSync(driver, { recursive: true })
  })
})

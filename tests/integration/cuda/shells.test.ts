import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newestNix, readEnvironment } from '../../harness/environment.ts'
import { Project } from '../../harness/project.ts'
import { run } from '../../harness/run.ts'

describe('cuda: two shells', () => {
  let project: Project
  let driver: string
  const local = () => join(project.folder, 'local.nix')

  beforeAll(async () => {
    project = await Project.create({ nix: newestNix(readEnvironment()) })
    driver = mkdtempSync(join(tmpdir(), 'driver-'))
    writeFileSync(join(driver, 'libcuda.so.1'), '')
  })
  afterEach(() => rmSync(local(), { force: true }))
  afterAll(async () => {
    rmSync(driver, { recursive: true })
    await project?.remove()
  })

  const chosen = async (env: NodeJS.ProcessEnv = {}) =>
    (await run('sh', ['nix/choose-shell.sh'], project.here({ env }))).stdout.trim()
  const evaluate = (output: string) => project.nixCommand(['eval', '--raw', `.#${output}.drvPath`])
  /** Which torch goes into a shell. */
  const torchIn = async (output: string) => {
    const { stdout, stderr } = await evaluate(output)
    const parts = await run('nix-store', ['--query', '--requisites', stdout], project.here())
    expect(parts.code, stderr).toBe(0)
    return parts.stdout.split('\n').filter((path) => /-torch-\d[\d.]*\.drv$/.test(path))
  }

  test('both evaluate on Linux, each with a torch of its own; the unfree one is for the GPU alone', async () => {
    for (const system of ['x86_64-linux', 'aarch64-linux']) {
      const [cpu, cuda] = [await torchIn(`devShells.${system}.default`), await torchIn(`devShells.${system}.cuda`)]
      expect([cpu.length, cuda.length]).toEqual([1, 1])
      expect(cuda).not.toEqual(cpu)
    }
  })

  test('./stop asks for the one that ./start has entered, where everything is there', async () => {
    const nix = join(driver, 'nix')
    writeFileSync(nix, '#!/bin/sh\necho "$@"\n', { mode: 0o755 })
    const env = { PATH: `${driver}:${project.env.PATH}`, NIX_JUPYTER_DRIVER: driver }
    expect((await run(join(project.folder, 'start'), [], project.here({ env }))).stdout).toContain('develop .#cuda --')
    expect((await run(join(project.folder, 'stop'), [], project.here({ env }))).stdout).toContain('run .#cuda -- stop')
  })

  test('macOS has one shell, which uses the GPU by itself', async () => {
    expect((await evaluate('devShells.aarch64-darwin.default')).stdout).toMatch(/\.drv$/)
    expect((await evaluate('devShells.aarch64-darwin.cuda')).code).not.toBe(0)
  })

  test('./start and direnv take the one for the GPU where a driver is', async () => {
    expect(await chosen()).toBe('.')
    expect(await chosen({ NIX_JUPYTER_DRIVER: driver })).toBe('.#cuda')
  })

  test('local.nix decides, in both directions', async () => {
    writeFileSync(local(), '{ cudaSupport = true; }\n')
    expect(await chosen()).toBe('.#cuda')
    writeFileSync(local(), '{\n  cudaSupport = false;\n}\n')
    expect(await chosen({ NIX_JUPYTER_DRIVER: driver })).toBe('.')
    writeFileSync(local(), '{\n  # cudaSupport = true;\n}\n')
    expect(await chosen()).toBe('.')
    expect(await project.gitStatus()).toBe('')
  })
})

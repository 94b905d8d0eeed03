import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { entry } from '../../support/program.ts'
import { Project } from '../../support/project.ts'
import { must, run } from '../../support/run.ts'

describe('cuda: two shells', () => {
  let project: Project
  let driver: string
  const local = () => join(project.directory, 'local.nix')

  beforeAll(async () => {
    project = await Project.shared()
    driver = mkdtempSync(join(tmpdir(), 'driver-'))
    writeFileSync(join(driver, 'libcuda.so.1'), '')
  })
  afterEach(() => rmSync(local(), { force: true }))
  afterAll(async () => {
    rmSync(driver, { recursive: true })
    await project?.remove()
  })

  const chosen = async (env: NodeJS.ProcessEnv = {}) =>
    (await run('sh', ['-c', '. nix/enter.sh && nix_jupyter_choose_shell'], project.here({ env }))).stdout.trim()
  const evaluate = (output: string) => project.nixCommand(['eval', '--raw', `.#${output}.drvPath`])
  /** What goes into a shell and has such a name. */
  const partsIn = async (output: string, name: RegExp) => {
    const { stdout, stderr } = await evaluate(output)
    const parts = await run('nix-store', ['--query', '--requisites', stdout], project.here())
    expect(parts.code, stderr).toBe(0)
    return parts.stdout.split('\n').filter((path) => name.test(path))
  }
  const torchIn = (output: string) => partsIn(output, /-torch-\d[\d.]*\.drv$/)

  test('both evaluate on x86_64, each with a torch of its own; the unfree one is for the GPU alone', async () => {
    const [cpu, cuda] = [await torchIn('devShells.x86_64-linux.default'), await torchIn('devShells.x86_64-linux.cuda')]
    expect([cpu.length, cuda.length]).toEqual([1, 1])
    expect(cuda).not.toEqual(cpu)
  })

  test('the image for the card has the PyTorch of its shell, and a name of its own beside the other image', async () => {
    expect(await torchIn('packages.x86_64-linux.image-cuda')).toEqual(await torchIn('devShells.x86_64-linux.cuda'))
    expect(await torchIn('packages.x86_64-linux.image')).toEqual(await torchIn('devShells.x86_64-linux.default'))
    const names = ['image', 'image-cuda'].map(async (output) => {
      const name = `.#packages.x86_64-linux.${output}.imageTag`
      return (await project.nixCommand(['eval', '--raw', name])).stdout
    })
    expect(await Promise.all(names)).toEqual(['latest', 'cuda'])
  })

  test('with the feature ollama: one for the GPU in the CUDA shell, one for the processor in the other', async () => {
    await must(process.execPath, [entry(), 'add', 'ollama'], project.here())
    try {
      const ollamaIn = (shell: string) => partsIn(`devShells.x86_64-linux.${shell}`, /-ollama(-cuda)?-\d[\d.]*\.drv$/)
      const [cpu, cuda] = [await ollamaIn('default'), await ollamaIn('cuda')]
      expect([cpu.length, cuda.length]).toEqual([1, 1])
      expect(cuda).not.toEqual(cpu)
      expect(cpu[0]).not.toContain('cuda')
    } finally {
      await must(process.execPath, [entry(), 'remove', 'ollama'], project.here())
    }
  })

  test('D4: elsewhere torch-bin is made for the processor alone, so there is one shell and one app', async () => {
    for (const system of ['aarch64-linux', 'aarch64-darwin']) {
      expect((await evaluate(`devShells.${system}.default`)).stdout).toMatch(/\.drv$/)
      for (const output of ['devShells', 'apps']) {
        const names = await project.evaluate<string[]>(`${output}.${system}`, 'builtins.attrNames')
        expect(names).not.toContain('cuda')
      }
    }
  })

  test('D4: on another machine than x86_64, local.nix gets an answer', async () => {
    const uname = join(driver, 'uname')
    writeFileSync(uname, '#!/bin/sh\ncase $1 in -m) echo aarch64 ;; *) echo Linux ;; esac\n', { mode: 0o755 })
    const env = { PATH: `${driver}:${project.env.PATH}`, NIX_JUPYTER_DRIVER: driver }
    expect(await chosen(env)).toBe('.')
    writeFileSync(local(), '{ cudaSupport = true; }\n')
    const asked = await run('sh', ['-c', '. nix/enter.sh && nix_jupyter_choose_shell'], project.here({ env }))
    expect(asked.stdout).toBe('.\n')
    expect(asked.stderr).toContain('CUDA needs Linux on x86_64, and this is Linux on aarch64')
    rmSync(uname)
  })

  test('D7: on a Mac, where there is no CUDA, the greeting and local.nix name the Apple chip', async () => {
    const greeting = async (system: string) => {
      const shell = `devShells.${system}.default`
      const text = 'shell: (builtins.head shell.nativeBuildInputs).drvAttrs.files."activate.sh"'
      const activate = await project.evaluate<string>(shell, text)
      const compute = /^ *nix_jupyter_compute=.*$/m.exec(activate)?.[0] ?? ''
      const say = '/^_nix_jupyter_say_compute/,/^}/p'
      const script = `${compute}; . nix/enter.sh; eval "$(sed -n '${say}' nix/scripts/shell.sh)"; _nix_jupyter_say_compute`
      const env = { NIX_JUPYTER_ROOT: project.directory, NIX_JUPYTER_DRIVER: driver }
      return (await run('bash', ['-c', script], project.here({ env }))).stdout
    }
    expect(await greeting('aarch64-darwin')).toBe('GPU: PyTorch uses the graphics part of this Apple chip (mps).\n')
    expect(await greeting('x86_64-linux')).toMatch(/^CPU: there is a GPU here, and this shell does not use it/)
    const uname = join(driver, 'uname')
    writeFileSync(uname, '#!/bin/sh\ncase $1 in -m) echo arm64 ;; *) echo Darwin ;; esac\n', { mode: 0o755 })
    writeFileSync(local(), '{ cudaSupport = true; }\n')
    const env = { PATH: `${driver}:${project.env.PATH}` }
    const asked = await run('sh', ['-c', '. nix/enter.sh && nix_jupyter_choose_shell'], project.here({ env }))
    expect(asked.stdout).toBe('.\n')
    expect(asked.stderr).toContain('this is Darwin on arm64: PyTorch uses the graphics part of this Apple chip (mps)')
    rmSync(uname)
  })

  test('./start and ./lab enter the one for the GPU', async () => {
    const nix = join(driver, 'nix')
    writeFileSync(nix, '#!/bin/sh\necho "$@" >&2\nexit 1\n', { mode: 0o755 })
    const env = { PATH: `${driver}:${project.env.PATH}`, NIX_JUPYTER_DRIVER: driver }
    for (const command of [['start'], ['lab', 'sync']] as const) {
      const [file, ...args] = command
      const entered = await run(join(project.directory, file), args, project.here({ env }))
      expect(entered.stderr).toContain('develop .#cuda --command ')
    }
  })

  test('./start and direnv take the one for the GPU where a driver is', async () => {
    expect(await chosen()).toBe('.')
    expect(await chosen({ NIX_JUPYTER_DRIVER: driver })).toBe('.#cuda')
  })

  test('a project that was made from this one as a template, as a class has it, does as this one does', async () => {
    const pupil = mkdtempSync(join(tmpdir(), 'pupil-'))
    const flags = ['--template', project.directory, '--trust', '--yes']
    await must(process.execPath, [entry(), 'lab', ...flags], project.here({ cwd: pupil }))
    const env = { NIX_JUPYTER_DRIVER: driver }
    const here = project.here({ cwd: join(pupil, 'lab'), env })
    expect(await must('sh', ['-c', '. nix/enter.sh && nix_jupyter_choose_shell'], here)).toBe('.#cuda\n')
    rmSync(pupil, { recursive: true })
  })

  test('a driver that is too old for CUDA 13 is named, and local.nix can still choose the shell', async () => {
    const old = mkdtempSync(join(tmpdir(), 'driver-'))
    const use = (version: string) => {
      rmSync(join(old, 'libcuda.so.1'), { force: true })
      writeFileSync(join(old, `libcuda.so.${version}`), '')
      symlinkSync(`libcuda.so.${version}`, join(old, 'libcuda.so.1'))
    }
    const env = { NIX_JUPYTER_DRIVER: old }
    use('535.183.01')
    const asked = await run('sh', ['-c', '. nix/enter.sh && nix_jupyter_choose_shell'], project.here({ env }))
    expect(asked.stdout).toBe('.\n')
    expect(asked.stderr).toContain('the NVIDIA driver is 535.183.01, and CUDA 13 needs 580 or newer')
    writeFileSync(local(), '{ cudaSupport = true; }\n')
    expect(await chosen(env)).toBe('.#cuda')
    rmSync(local())
    use('580.65.06')
    expect(await chosen(env)).toBe('.#cuda')
    use('1.1') // WSL2, where the version is Windows' own
    expect(await chosen(env)).toBe('.#cuda')
    rmSync(old, { recursive: true })
  })

  test('doctor and the shells want the same driver', () => {
    const read = (path: string, pattern: RegExp) =>
      pattern.exec(readFileSync(join(project.directory, path), 'utf8'))?.[1]
    const needed = read('nix/scripts/driver.sh', /^nix_jupyter_driver_needed=(\d+)$/m)
    expect(needed).toBeDefined()
    expect(read('nix/lab/checks/environment.py', /^NEEDED = (\d+)$/m)).toBe(needed)
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

  test('a local.nix that decides nothing, as with a typing error, is named; one with comments alone is not', async () => {
    const said = async (text: string) => {
      writeFileSync(local(), text)
      return (await run('sh', ['-c', '. nix/enter.sh && nix_jupyter_choose_shell'], project.here())).stderr
    }
    for (const wrong of ['{ cudaSupprt = true; }\n', '{ cudaSupport = true }\n']) {
      expect(await said(wrong)).toContain("Next: echo '{ cudaSupport = true; }' > local.nix")
    }
    for (const right of ['{\n  # cudaSupport = true;\n}\n', '{ cudaSupport = false; }\n']) {
      expect(await said(right)).toBe('')
    }
  })
})

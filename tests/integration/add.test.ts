import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { notLinux, notRun } from '../support/abilities.ts'
import { Project } from '../support/project.ts'
import { must, run, until } from '../support/run.ts'
import {
  fileForPyPI,
  forNixAlone,
  isFilledByNix,
  isFilledByUv,
  isFirstOfItsKind,
  shownElsewhere,
  template,
} from '../support/template.ts'

// Issue 9, point 4: a package in one command.
// One that nixpkgs has and this template has not; and one from PyPI.
const TQDM = 'import tqdm; print(sum(tqdm.tqdm(range(4), disable=True)))'
const COWSAY = 'import cowsay; print(cowsay.char_names[0])'
const FILES = ['flake.nix', 'requirements.in', 'requirements.txt', 'pyproject.toml']

describe(`${template.id}: lab add and lab remove`, () => {
  let project: Project
  let before: Record<string, string>
  let hadVenv: boolean

  beforeAll(async () => {
    project = await Project.shared()
    before = files()
    hadVenv = existsSync(join(project.directory, '.venv'))
  })
  afterAll(() => project?.remove())

  function files(): Record<string, string> {
    return Object.fromEntries(FILES.map((file) => [file, read(file)]))
  }
  function read(file: string): string {
    try {
      return readFileSync(join(project.directory, file), 'utf8')
    } catch {
      return 'not there'
    }
  }
  const python = async (code: string) => {
    const result = await project.develop(['python', '-c', code])
    return [result.code, result.stdout]
  }

  test('a package goes where it belongs, and is there in the next shell, on a build machine too', async () => {
    const added = await project.lab('add', 'tqdm', 'cowsay')
    expect(added.code, added.stderr).toBe(0)
    expect(added.stdout).toContain(`Added to ${template.packages}: tqdm`)
    expect(read(template.packages)).toMatch(/tqdm/)
    expect(read(fileForPyPI)).toMatch(/cowsay/)
    expect(await python(TQDM)).toEqual([0, '6\n'])
    expect(await python(COWSAY)).toEqual([0, 'beavis\n'])
    expect(await project.gitStatus()).not.toContain('??')
  })

  test('what PyPI gives has its hash', () => {
    const lock = isFilledByUv ? 'uv.lock' : 'requirements.txt'
    expect(read(lock)).toMatch(isFilledByUv ? /cowsay-.*hash = "sha256:/ : /cowsay==\S+ \\\n {4}--hash=sha256:/)
  })

  test('a name that nobody has changes nothing, and names the nearest one', async () => {
    const now = files()
    const added = await project.lab('add', 'scikit-learn-zz9')
    expect(added.code).toBe(1)
    expect(added.stderr).toContain('There is no package "scikit-learn-zz9" on PyPI. Every file is as before.')
    expect(added.stderr).toContain('Did you mean "scikit-learn"?')
    expect(files()).toEqual(now)
  })

  test('removed again, every file is byte for byte as it was', async () => {
    const removed = await project.lab('remove', 'tqdm', 'cowsay')
    expect(removed.code, removed.stderr).toBe(0)
    expect(files()).toEqual(before)
    // Where nothing is from PyPI any more there is no virtual environment; the one for the driver of a GPU stays.
    expect(existsSync(join(project.directory, '.venv'))).toBe(hadVenv)
    const gone = await project.develop(['python', '-c', COWSAY])
    expect(gone.stderr).toContain("No module named 'cowsay'")
  })
})

// What is in the way of an edit is the same whichever packages are listed.
const first = isFilledByNix && isFirstOfItsKind
describe.runIf(first)(`${template.id}: lab add, where flake.nix${forNixAlone || shownElsewhere}`, () => {
  let project: Project
  let file: string
  let text: string
  beforeAll(async () => {
    project = await Project.shared()
    file = join(project.directory, 'flake.nix')
    text = readFileSync(file, 'utf8')
  })
  afterAll(() => project?.remove())

  test('makes its list in a way of its own, leaves it alone and says so', async () => {
    const own = text.replace(/pythonPackages =\s*ps: with ps; \[/, 'pythonPackages = ps: builtins.filter (_: true) [')
    writeFileSync(file, own.replace(/filter \(_: true\) \[[^\]]*\]/, 'filter (_: true) [ ]'))
    const mine = readFileSync(file, 'utf8')
    const added = await project.lab('add', 'tqdm')
    expect([added.code, added.stdout], added.stderr).toEqual([1, ''])
    expect(added.stderr).toContain('has a form that lab cannot edit')
    expect(readFileSync(file, 'utf8')).toBe(mine)
  })

  test('changes while JupyterLab runs, the commands that start it with that are for where they are printed', async () => {
    writeFileSync(file, text)
    const world = join(project.directory, '..')
    const started = await project.start()
    expect(started.code, started.stderr).toBe(0)
    const added = await run('my-lab/lab', ['add', 'tqdm'], project.here({ cwd: world }))
    expect(added.stdout, added.stderr).toMatch(/ {2}Next: my-lab\/lab start --again\n$/)
    const removed = await project.develop(['sh', '-c', 'cd notebooks && lab remove tqdm'])
    expect(removed.stdout, removed.stderr).toContain('Next: lab start --again\n')
  })

  const ofTerminal = `that runs is started again with it by a terminal of JupyterLab, which ends${notRun(notLinux)}`
  test.skipIf(notLinux)(ofTerminal, async () => {
    const jupyter = async () => (await project.status()).services.find(({ name }) => name === 'jupyter')
    const { pid } = (await jupyter()) ?? { pid: 0 }
    const env = Object.fromEntries(
      readFileSync(`/proc/${pid}/environ`, 'utf8')
        .split('\0')
        .filter(Boolean)
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    )
    const cwd = join(project.directory, 'notebooks')
    const again = (more = {}) => run('lab', ['start', '--again'], { cwd, env: { ...env, ...more } })
    writeFileSync(file, text.replace('description', 'descriptoin'))
    const inCell = { JPY_PARENT_PID: String(pid) } // as kernels have it
    const refused = await again(inCell)
    expect(refused.code, refused.stderr).toBe(1)
    expect(refused.stderr).toMatch(/descriptoin[\s\S]*Next: correct that, then: !\S+\/my-lab\/start --again\n$/)
    const mistyped = await run('lab', ['strat'], { cwd, env: { ...env, ...inCell } })
    expect(mistyped.stderr).toContain('Next: !lab --help\n')
    expect(await jupyter()).toMatchObject({ pid, ready: true })
    writeFileSync(file, text)
    expect((await project.lab('add', 'tqdm')).code).toBe(0)
    expect(await again()).toMatchObject({ code: 143, stderr: expect.stringContaining('my-lab starts again.') })
    await until('JupyterLab to be back', async () => {
      const now = await jupyter()
      return now?.ready && now.pid !== pid
    })
    const { environment } = JSON.parse((await project.lab('status', '--json')).stdout) as { environment: string }
    await must(join(environment, 'bin/python3'), ['-c', 'import tqdm'])
    await project.stop()
    writeFileSync(file, text)
  })

  test('holds a name that only that makes wrong, gives it back as it was', async () => {
    // The shell is entered; then a mistake of the user's is saved.
    const broken = text.replace('description', 'descriptoin')
    const script = `cp "$1" flake.nix; lab add tqdm`
    writeFileSync(file, text)
    writeFileSync(join(project.directory, '..', 'broken.nix'), broken)
    const added = await project.develop(['sh', '-c', script, 'sh', join(project.directory, '..', 'broken.nix')])
    expect(added.code).toBe(1)
    expect(added.stderr).toContain('flake.nix cannot be evaluated')
    expect(readFileSync(file, 'utf8')).toBe(broken)
    writeFileSync(file, text)
  })
})

import { chownSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noCutOff, noLayer, notLinux, notRun } from '../support/abilities.ts'
import { FLAKES } from '../support/cache.mjs'
import { Container, type ContainerOptions, hashOf, type Image, unpack } from '../support/container.ts'
import { openDoors } from '../support/doors.ts'
import { system } from '../support/environment.ts'
import { noNetwork } from '../support/network.ts'
import { entry } from '../support/program.ts'
import { Project } from '../support/project.ts'
import { must, run, until } from '../support/run.ts'
import { isFilledByNix, isFilledByUv, isFirstOfItsKind, shownElsewhere, template } from '../support/template.ts'

const forPyPI = isFilledByNix ? ' (for templates whose packages come from PyPI)' : ''
const cannotContain = notRun(notLinux || noLayer || noCutOff) || shownElsewhere
const noContainer = Boolean(cannotContain)
const cannotOpenDoors = notRun(notLinux || noLayer || noCutOff || noNetwork) || shownElsewhere
const noDoors = Boolean(cannotOpenDoors)
const ASK = join(import.meta.dirname, '../support/ask-jupyter.py')

// Templates that fill their environment in the same way differ in its packages: that those of the shell are in the image, each
// shows. How the image is made and what runs in it is the same. So whether the parts are the same when they are built again, and
// what its containers do, the first of them shows; and that the same program writes the same out of the same parts, the smallest.
const isWrittenTwice = template.id === 'minimal'

describe.skipIf(notLinux)(`${template.id}: packages.image${notRun(notLinux)}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'image-'))
  let project: Project
  /** What is printed when features are added that the lock does not have yet. */
  let said: string
  let script: string
  let environment: string
  let hash: string
  /** Where its Python is: the environment, or the virtual environment on top. */
  let prefix: string
  let image: Image

  beforeAll(async () => {
    project = await Project.shared()
    said = await must(process.execPath, [entry(), 'add', 'dask,hub'], project.here())
    // The first time, what they ask for from PyPI is locked.
    const entered = await project.develop(['true'], { env: { CI: '' } })
    expect(entered.code, entered.stderr).toBe(0)
    const built = await project.nixCommand(['build', '--no-link', '--print-out-paths', '.#image'])
    expect(built.code, built.stderr).toBe(0)
    script = built.stdout.trim()
    image = await unpack(script, directory, isWrittenTwice)
    const status = JSON.parse((await project.lab('status', '--json')).stdout) as { environment: string; hash: string }
    ;({ environment, hash } = status)
    prefix = /^PATH=(\S+?)\/bin:/m.exec(image.settings.Env.join('\n'))?.[1] ?? ''
  })
  afterAll(async () => {
    await project?.remove()
    rmSync(directory, { recursive: true, force: true })
  })

  /** What the check writes down that `nix flake check` builds. */
  async function hashOfCheck(): Promise<string> {
    const name = `.#checks.${system}.environment`
    const built = await project.nixCommand(['build', '--no-link', '--print-out-paths', name])
    expect(built.code, built.stderr).toBe(0)
    return readFileSync(built.stdout.trim(), 'utf8').trim()
  }

  /** A directory that belongs to a user of a container. */
  function directoryOf(user: number, name: string): string {
    const made = join(directory, name)
    mkdirSync(made)
    chownSync(made, user, 100)
    return made
  }

  /** What a JupyterLab in a container answers, and what it has printed. */
  async function ask(options: ContainerOptions, token?: string) {
    const container = new Container(image, options)
    try {
      const shown = token ?? (await until('the address', async () => container.output.match(/\?token=(\w+)/)?.[1]))
      const asked = await container.fromOutside(join(prefix, 'bin/python3'), ASK, shown)
      expect(asked.code, `${asked.stderr}\n${container.output}`).toBe(0)
      return { ...JSON.parse(asked.stdout), output: container.output }
    } finally {
      const { code } = await container.stop()
      expect(code, container.output).toBe(0)
    }
  }

  // One program makes the virtual environment of an image, whichever lock it is made of.
  const isBuiltTwice = isFirstOfItsKind && !isFilledByUv
  const shown = isFilledByUv ? ' (shown by fasthtml)' : shownElsewhere
  test.runIf(isBuiltTwice)(`it is the same bit for bit when it is built again${shown}`, async () => {
    if (isWrittenTwice) expect(await hashOf(script)).toBe(image.hash)
    const drv = (await must('nix-store', ['--query', '--deriver', script], project.here())).trim()
    const all = (await must('nix-store', ['--query', '--requisites', drv], project.here())).trim().split('\n')
    const ours = all.filter((each) =>
      /-(enter-container|.*-env|venv|jupyter-data|.*-layer\.tar|.*-config\.json)\.drv$/.test(each),
    )
    expect(ours.length).toBeGreaterThanOrEqual(isFilledByNix ? 4 : 5)
    await must('nix-store', ['--realise', '--check', drv, ...ours], project.here())
  })

  test('the environment of the shell is that of the image', () => {
    expect(existsSync(join(image.root, environment))).toBe(true)
    const path = image.settings.Env.find((each) => each.startsWith('PATH='))
    expect(path).toContain(isFilledByNix ? `=${environment}/bin:` : `=${prefix}/bin:${environment}/bin:`)
    expect(prefix).toMatch(isFilledByNix ? /-env$/ : /-venv$/)
    console.log(`${template.id}: the image has ${Math.round(image.bytes / 1e6)} MB, unpacked`)
  })

  test('one hash of the environment, whichever door it is opened by', async () => {
    const asked = {
      shell: (await project.develop(['printenv', 'NIX_JUPYTER_HASH'])).stdout.trim(),
      'nix run': JSON.parse((await project.nixCommand(['run', '.#lab', '--', 'status', '--json'])).stdout).hash,
      'nix flake check': await hashOfCheck(),
      'the label of the image': image.settings.Labels['nix-jupyter.hash'],
      'the variable of the image': image.settings.Env.find((each) => each.startsWith('NIX_JUPYTER_HASH='))?.split(
        '=',
      )[1],
    }
    expect(hash).toMatch(/^[0-9a-f]{64}$/)
    expect(asked).toEqual(Object.fromEntries(Object.keys(asked).map((door) => [door, hash])))
  })

  test.skipIf(noDoors)(`a server of JupyterHub and a Dask worker have the same${cannotOpenDoors}`, async () => {
    expect(await openDoors(image, prefix, project.directory, directory)).toEqual({
      server: [prefix, hash, 1000, null],
      worker: [prefix, hash, 1000, 'my-lab-default-worker-1'],
    })
  })

  test.runIf(isFilledByUv)(
    'features that were added are locked at the first entering, within their limits',
    async () => {
      expect(await project.gitStatus()).toContain(' M uv.lock')
      const server = await project.develop(['sh', '-c', 'jupyterhub-singleuser --version && lab doctor'])
      expect(server.stdout, server.stderr).toMatch(/^5\.\d/)
      expect(server.stdout).toContain('ok       It is version 5, as in the chart of README.md.')
      // The command that is printed finds nothing left to do.
      expect(said).toMatch(/\n {2}\.\/lab lock\n/)
      const lock = join(project.directory, 'uv.lock')
      const before = readFileSync(lock, 'utf8')
      await must(join(project.directory, 'lab'), ['lock'], project.here())
      expect(readFileSync(lock, 'utf8')).toBe(before)
    },
  )

  test.skipIf(isFilledByNix)(`for the other processor it takes the other wheels${forPyPI}`, async () => {
    const other = system === 'x86_64-linux' ? 'aarch64' : 'x86_64'
    const name = `.#packages.${other}-linux.image.drvPath`
    const drv = (await must('nix', [...FLAKES, 'eval', '--raw', name], project.here())).trim()
    const all = (await must('nix-store', ['--query', '--requisites', drv], project.here())).split('\n')
    const wheels =
      readFileSync(all.find((each) => each.endsWith('-wheels.drv')) ?? '', 'utf8').match(/[\w.+-]+\.whl/g) ?? []
    const compiled = wheels.filter((wheel) => !wheel.endsWith('-any.whl'))
    expect(compiled.length).toBeGreaterThan(4)
    expect(compiled.filter((wheel) => !wheel.includes(other))).toEqual([])
  })

  test('what is not needed in a container is not in it: Nix, its sources, lab, the supervisor', async () => {
    const names = (await must('ls', [join(image.root, 'nix/store')])).split('\n').map((name) => name.slice(33))
    expect(
      names.filter((name) => /^(nix-\d|nixpkgs|process-compose|lab$|lab-source|nixfmt|wheels?$|lock$)/.test(name)),
    ).toEqual([])
  })

  test.skipIf(noContainer)(`JupyterLab answers who has the token, as the user 1000${cannotContain}`, async () => {
    const home = directoryOf(1000, 'home')
    const found = await ask({ volume: [home, '/home/jovyan'] })
    const closed = { without: 403, wrong: 403, empty: 403, right: 200, change: 403, foreign: 403 }
    expect(found).toMatchObject({ ...closed, cell: [prefix, 1000, 100, '/home/jovyan/my-lab', '/home/jovyan', hash] })
    expect(found.output).toMatch(/http:\/\/127\.0\.0\.1:8888\/lab\?token=\w{48}\n/)
    expect(existsSync(join(home, 'my-lab/notebooks/start.ipynb'))).toBe(true)
  })

  test.skipIf(noContainer)(`any other user can run it, without a home directory${cannotContain}`, async () => {
    const token = 'a-token-of-my-own-with-more-than-32-letters'
    const found = await ask({ user: '123456:0', variables: { JUPYTER_TOKEN: token } }, token)
    expect(found).toMatchObject({ without: 403, right: 200 })
    expect(found.cell.slice(0, 3)).toEqual([prefix, 123456, 0])
    expect(found.output).toContain('/home/jovyan cannot be written to')
    expect(found.output).not.toContain(token)
  })

  test.skipIf(noContainer).each(['', 'short'])(`the token "%s" is refused${cannotContain}`, async (token) => {
    const ended = await new Container(image, { variables: { JUPYTER_TOKEN: token } }).end()
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain('JUPYTER_TOKEN is not a token')
  })

  test.skipIf(noContainer)(`JupyterHub is told what it needs${cannotContain}`, async () => {
    // As in the image of a project without the feature hub.
    const all = /^PATH=(.*)$/m.exec(image.settings.Env.join('\n'))?.[1]?.split(':') ?? []
    const PATH = all.filter((each) => !/-(env|venv)\/bin$/.test(each)).join(':')
    const ended = await new Container(image, { variables: { JUPYTERHUB_API_TOKEN: 'x', PATH } }).end()
    expect(ended.code).toBe(127)
    expect(ended.stderr).toContain('create-nix-jupyter add hub')
  })

  test.skipIf(noContainer)(
    `a command runs in the project, which may be a directory of the user's${cannotContain}`,
    async () => {
      const own = directoryOf(123456, 'own')
      const fromPyPI = isFilledByNix ? '' : 'fasthtml, '
      const command = ['sh', '-c', `touch made; pwd; python -c "import ${fromPyPI}sys; print(sys.prefix)"`]
      const options: ContainerOptions = { user: '123456:0', volume: [own, '/home/jovyan/my-lab'], command }
      const ended = await new Container(image, options).end()
      expect(ended).toMatchObject({ code: 0, stdout: `/home/jovyan/my-lab\n${prefix}\n`, stderr: '' })
      expect(existsSync(join(own, 'made'))).toBe(true)
    },
  )

  test.skipIf(noContainer || !isWrittenTwice)(
    `the driver of a graphics card is found where Kubernetes puts it (shown by the smallest)${cannotContain}`,
    async () => {
      const driver = directoryOf(1000, 'driver')
      const command = ['python', '-c', 'import ctypes; ctypes.CDLL("libcuda.so.1")']
      const options: ContainerOptions = { volume: [driver, '/usr/local/nvidia/lib64'], command }
      expect((await new Container(image, options).end()).stderr).toContain(
        'libcuda.so.1: cannot open shared object file',
      )
      const python = join(prefix, 'bin/python3')
      const library = await must(python, ['-c', 'import _ctypes; print(_ctypes.__file__)'])
      copyFileSync(library.trim(), join(driver, 'libcuda.so.1'))
      const found = await new Container(image, options).end()
      expect(found.code, found.stderr).toBe(0)
    },
  )

  test('without git there is no image, because data and .env would be in it', async () => {
    const copy = join(directory, 'without-git')
    mkdirSync(copy)
    await must('sh', ['-c', 'git archive HEAD | tar -x -C "$0"', copy], project.here())
    const refused = await run('nix', ['build', '--no-link', `path:${copy}#packages.${system}.image`], project.here())
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toContain('git init && git add --all')
  })
})

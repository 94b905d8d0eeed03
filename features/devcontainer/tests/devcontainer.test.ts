import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { notRun } from '../../../tests/support/abilities.ts'
import { entry } from '../../../tests/support/program.ts'
import { Project } from '../../../tests/support/project.ts'
import { must } from '../../../tests/support/run.ts'
import { readDockerfile, type Stage } from './dockerfile.ts'
import { Machine, noMachine } from './machine.ts'

// Images cannot be fetched here, and no engine runs inside of a test: machine.ts says what stands in for them.

const TIERS = ['minimal', 'datasci', 'cuda', 'fasthtml', 'uv']
const ASK = join(import.meta.dirname, '../../../tests/support/ask-jupyter.py')
const SCHEMA = join(import.meta.dirname, 'schema/devContainer.base.schema.json')
const CHECK = `
import json, pathlib, sys
from jsonschema import Draft201909Validator
check = Draft201909Validator(json.loads(pathlib.Path(sys.argv[1]).read_text()))
for file in sys.argv[2:]:
    for error in check.iter_errors(json.loads(pathlib.Path(file).read_text())):
        print(file, error.message)
`

const directory = mkdtempSync(join(tmpdir(), 'devcontainer-'))
let project: Project
let python: string
let settings: { onCreateCommand: string; updateContentCommand: string; remoteUser: string; build: { target: string } }
let stages: Stage[]

beforeAll(async () => {
  project = await Project.shared()
  await must(process.execPath, [entry(), 'add', 'devcontainer'], project.here())
  await must('git', ['commit', '--quiet', '--all', '--message', 'A container'], project.here())
  const { environment } = JSON.parse((await project.lab('status', '--json')).stdout) as { environment: string }
  python = join(environment, 'bin/python3')
  settings = JSON.parse(readFileSync(join(project.directory, '.devcontainer/devcontainer.json'), 'utf8'))
  stages = readDockerfile(readFileSync(join(project.directory, '.binder/Dockerfile'), 'utf8'))
})
afterAll(async () => {
  await project?.remove()
  rmSync(directory, { recursive: true, force: true })
})

/** The stage of a name. */
function stage(name: string): Stage {
  const found = stages.find((each) => each.name === name)
  if (!found) throw new Error(`there is no stage ${name}`)
  return found
}

/** What a line of a .gitignore in a directory is in a .dockerignore, whose patterns all begin at the project's directory. */
function forDocker(directory: string, line: string): string {
  const [, not = '', pattern = ''] = /^(!?)(.*)$/.exec(line) ?? []
  if (directory === '.') return `${not}${pattern.startsWith('/') ? pattern.slice(1) : `**/${pattern}`}`
  return `${not}${join(directory, pattern)}`
}

describe('the files', () => {
  test('what git ignores in a project, with whatever features, is in no image that Docker builds', async () => {
    const repository = join(import.meta.dirname, '../../..')
    const listed = await must('git', ['ls-files', 'templates', 'features'], { cwd: repository })
    const found = listed
      .split('\n')
      .map((file) => /^(?:templates|features)\/[^/]+\/(?:files\/)?(.*\.gitignore)$/.exec(file) ?? [])
    const expected = found.flatMap(([file, place]) => {
      if (!file || !place) return []
      const lines = readFileSync(join(repository, file), 'utf8').split('\n')
      return lines.filter((line) => line && !line.startsWith('#')).map((line) => forDocker(dirname(place), line))
    })
    for (const line of ['**/.env', 'hub/secret.yaml']) expect(expected).toContain(line)
    const lines = readFileSync(join(import.meta.dirname, '../files/.dockerignore'), 'utf8').split('\n')
    expect(expected.filter((line) => !lines.includes(line))).toEqual([])
  })

  test('devcontainer.json is what its specification allows, in every tier', async () => {
    const files = TIERS.map((tier) => join(directory, tier, '.devcontainer/devcontainer.json'))
    for (const tier of TIERS) {
      const flags = ['--template', tier, '--with', 'devcontainer', '--yes', '--no-git']
      await must(process.execPath, [entry(), tier, ...flags], project.here({ cwd: directory }))
    }
    const wrong = join(directory, 'wrong.json')
    writeFileSync(wrong, readFileSync(files[0] ?? '', 'utf8').replace('"dockerfile"', '"dockerFile"'))
    const found = await must(python, ['-c', CHECK, SCHEMA, ...files, wrong])
    expect(found.trim().split(/\s/, 1)).toEqual([wrong])
    const graphicsCard = files.map((file) => JSON.parse(readFileSync(file, 'utf8')).hostRequirements?.gpu)
    expect(graphicsCard).toEqual([undefined, undefined, 'optional', undefined, undefined])
  })

  test('every image is named with its hash, and nothing else is fetched by the steps themselves', () => {
    const names = stages.map(({ name }) => name)
    const images = stages.map(({ from }) => from).filter((from) => !names.includes(from))
    expect(images).toHaveLength(2)
    for (const image of images) expect(image).toMatch(/^[a-z.]+\/[a-z/]+@sha256:[0-9a-f]{64}$/)
    const commands = stages.flatMap(({ steps }) => steps.flatMap((step) => (step.does === 'run' ? [step.command] : [])))
    expect(commands.join('\n')).not.toMatch(/curl|wget|apt|pip|npm|https?:|latest/)
  })
})

describe.skipIf(noMachine)(`in the container${notRun(noMachine)}`, () => {
  const workspace = { user: 'vscode', directory: '/workspaces/my-lab' }
  let machine: Machine
  let clone: string

  beforeAll(async () => {
    clone = join(directory, 'clone')
    await must('git', ['clone', '--quiet', project.directory, clone], project.here())
    machine = new Machine({ store: '/nix', programs: dirname(realpathSync(project.nix.bin)) })
    await machine.build(stage(settings.build.target), clone)
    // As with a disk of another system: anybody can write there, and it belongs to nobody that the container knows.
    await machine.copy(clone, workspace.directory, '4242:4242')
    await machine.must(['chmod', '-R', 'a+rwX', workspace.directory], { user: 'root', directory: '/' })
  })
  afterAll(() => machine?.remove())

  /** What a JupyterLab answers, and what a cell finds out about itself. */
  const ask = async (token: string, address: string) => JSON.parse(await machine.outside(python, ASK, token, address))

  /** The addresses at which the container listens, as the kernel writes them. */
  async function listening(): Promise<string[]> {
    const rows = (await machine.must(['cat', '/proc/net/tcp', '/proc/net/tcp6'])).split('\n')
    const sockets = rows.map((row) => row.trim().split(/\s+/)).filter((words) => words[3] === '0A')
    return [...new Set(sockets.map((words) => String(words[1]).split(':')[0] ?? ''))]
  }

  test('an editor creates it: the environment is filled, by Nix without a daemon and without root', async () => {
    expect(settings.remoteUser).toBe(workspace.user)
    expect(await machine.must(['nix', '--version'], workspace)).toContain(project.nix.version)
    const refused = await machine.run(['/bin/sh', '-c', settings.updateContentCommand], workspace)
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('belongs to 4242') })
    await machine.must(['/bin/sh', '-c', settings.onCreateCommand], workspace)
    await machine.must(['/bin/sh', '-c', settings.updateContentCommand], workspace)
    const interpreter = JSON.parse(readFileSync(join(clone, '.vscode/settings.json'), 'utf8'))[
      'python.defaultInterpreterPath'
    ].replace(`\${workspaceFolder}`, workspace.directory)
    const said = await machine.must([interpreter, '-c', 'import ipykernel, sys; print(sys.prefix)'], workspace)
    expect(said.trim()).toBe(dirname(dirname(python)))
  })

  test('JupyterLab starts there, for who has the token, and for nobody outside of the container', async () => {
    const started = await machine.must(['./start', '--no-open'], workspace)
    const [, port, token] = started.match(/:(\d+)\/lab\S*token=(\w+)/) ?? []
    const found = await ask(String(token), `127.0.0.1:${port}`)
    expect(found).toMatchObject({ without: 403, wrong: 403, empty: 403, right: 200, change: 403 })
    expect(found.cell.slice(0, 3)).toEqual([dirname(dirname(python)), 1000, 1000])
    expect(await listening()).toEqual(['0100007F'])
    expect(Number(port)).toBeGreaterThanOrEqual(12_000)
    expect(Number(port)).toBeLessThanOrEqual(28_000)
    await machine.must(['./stop'], workspace)
  })

  test("Binder's image is made, and its JupyterLab is for who has Binder's token", async () => {
    await machine.build(stage('binder'), clone)
    const token = 'a-token-that-binder-has-made'
    const options = ['base_url=/user/somebody/', `token=${token}`, 'trust_xheaders=True', 'default_url=/lab']
    const args = ['NotebookApp', 'ServerApp'].flatMap((name) => options.map((option) => `--${name}.${option}`))
    // What a BinderHub runs: the chart's command, and what its spawner adds.
    const command = [
      'python3',
      '-c',
      'import os, sys; os.execvp("jupyter-lab", sys.argv)',
      '--ip=0.0.0.0',
      '--port=8888',
    ]
    await machine.begin([...machine.entrypoint, ...command, ...args])
    const found = await ask(token, '127.0.0.1:8888/user/somebody')
    expect(found).toMatchObject({ without: 403, wrong: 403, empty: 403, right: 200, change: 403 })
    expect(found.cell.slice(0, 3)).toEqual([dirname(dirname(python)), 1000, 1000])
  })
})

test.skipIf(noMachine)(`a user of another number than 1000 can use Nix, too${notRun(noMachine)}`, async () => {
  const store = join(directory, 'nix')
  mkdirSync(join(store, 'store/some-package'), { recursive: true })
  const machine = new Machine({ store, programs: dirname(realpathSync(project.nix.bin)) })
  try {
    await machine.build(stage(settings.build.target), directory)
    await machine.copy(join(project.directory, '.devcontainer'), '/workspaces/my-lab/.devcontainer', '1500:1500')
    await machine.must(['usermod', '--uid', '1500', 'vscode'], { user: 'root' })
    const workspace = { user: 'vscode', directory: '/workspaces/my-lab' }
    const owners = ['find', '/nix', '-printf', '%U %p\n']
    expect(await machine.must(owners, workspace)).toContain('1000 /nix/store\n')
    await machine.must(['/bin/sh', '-c', settings.onCreateCommand], workspace)
    expect(await machine.must(owners, workspace)).toMatch(/^(1500 .*\n)+$/)
    const trusted = ['git', 'config', '--system', '--get-all', 'safe.directory']
    expect(await machine.must(trusted, workspace)).toBe('/workspaces/my-lab\n')
  } finally {
    await machine.remove()
  }
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noOtherUser, notRun } from '../../../tests/support/abilities.ts'
import { cache } from '../../../tests/support/cache.mjs'
import { newestNix, readEnvironment } from '../../../tests/support/environment.ts'
import { Project } from '../../../tests/support/project.ts'
import { must, type Result, until } from '../../../tests/support/run.ts'

// The stand-in for nixpkgs cannot build Ollama; there the program is the real one that build-ollama has made, or else ours.

const ADDRESS = 'http://127.0.0.1:11434'
const STAND_IN = join(import.meta.dirname, 'ollama')
const environment = readEnvironment()
const built = join(cache, 'ollama-0.32.0')
const isOffline = environment.nixpkgs !== undefined
const isReal = !isOffline || existsSync(join(built, 'ollama'))
const notReal = isReal ? '' : 'there is no real Ollama here'
const which = isReal ? 'the real Ollama' : 'a server that speaks its API'

let project: Project

async function make(): Promise<void> {
  project = await Project.create({ flags: ['--with', 'ollama'], nix: newestNix(environment) })
  if (!isOffline) return
  const flake = join(project.directory, 'flake.nix')
  writeFileSync(flake, readFileSync(flake, 'utf8').replace(/^ *pkgs\.ollama\n/m, ''))
  project.env.PATH = `${isReal ? built : import.meta.dirname}:${project.env.PATH}`
}

const get = async (path: string, base = ADDRESS) => (await fetch(base + path)).json()
const isUp = () =>
  get('/api/version').then(
    () => true,
    () => false,
  )

/** What the example notebook prints, run by the project's own Python. */
async function runNotebook(): Promise<string> {
  // A proxy of the user's has no part in what stays on this computer.
  const proxies = { http_proxy: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9', no_proxy: '' }
  const command = ['jupyter', 'execute', '--inplace', 'notebooks/local-model.ipynb']
  const ran = await project.develop(command, { env: proxies })
  expect(ran.code, ran.stderr).toBe(0)
  const notebook = JSON.parse(readFileSync(join(project.directory, 'notebooks/local-model.ipynb'), 'utf8'))
  const outputs = notebook.cells.flatMap((cell: { outputs?: { text?: string[] }[] }) => cell.outputs ?? [])
  return outputs.flatMap((output: { text?: string[] }) => output.text ?? []).join('')
}

beforeAll(async () => {
  expect(await isUp(), `something is on ${ADDRESS} already`).toBe(false)
  await make()
})
afterAll(() => project?.remove())

test('the notebook says how to start it where it does not run', async () => {
  expect(await runNotebook()).toBe('Ollama does not run. In a terminal:  start\n')
})

describe('doctor', () => {
  const models: { name: string }[] = []
  const server = createServer((request, response) => {
    response.end(JSON.stringify(request.url === '/api/tags' ? { models } : { version: '0' }))
  })
  afterAll(() => server.close())
  const doctor = async (env: NodeJS.ProcessEnv = {}): Promise<string[][]> => {
    const told = await project.develop(['lab', 'doctor', '--json'], { env })
    const found: { name: string; message: string; fix: string }[] = JSON.parse(told.stdout)
    return found.flatMap(({ name, message, fix }) => (name === 'ollama' ? [[message, fix]] : []))
  }

  test.runIf(isOffline)('says where the program is missing, and asks nothing else while none runs', async () => {
    expect(await doctor()).toEqual([['The program ollama is there.', null]])
    const [[message, fix] = [], ...others] = await doctor({
      PATH: process.env.PATH?.replace(/^/, `${project.nix.bin}:`),
    })
    expect(message).toMatch(/^There is no program ollama/)
    expect([fix, others]).toEqual(['lab start --again', []])
  })

  test('says how to get a model where there is none, and nothing where there is one', async () => {
    await once(server.listen(11434, '127.0.0.1'), 'listening')
    expect(await doctor({ OLLAMA_HOST: '0.0.0.0' })).toEqual([
      ['Ollama has no model yet, so it answers no question.', 'ollama pull llama3.2'],
    ])
    // Commands of the other one's address would not help here. A terminal of JupyterLab has what .env says.
    writeFileSync(join(project.directory, '.env'), 'OLLAMA_HOST=gpu.example.org\n')
    const [[, fix] = []] = await doctor()
    expect(fix).toBe('OLLAMA_HOST=127.0.0.1:11434 ollama pull llama3.2')
    models.push({ name: 'echo:latest' })
    expect(await doctor()).toEqual([['Ollama has a model.', null]])
    unlinkSync(join(project.directory, '.env'))
  })
})

describe(`started by the project: ${which}`, () => {
  let started: Result
  beforeAll(async () => {
    started = await project.start()
  })
  afterAll(() => project.stop())

  test('it is ready, where programs expect it and at its own port', async () => {
    expect(started.code, started.stderr).toBe(0)
    expect(started.stderr).not.toMatch(/not ready/)
    const { port, ready } = (await project.status()).services.find(({ name }) => name === 'ollama') ?? {}
    expect(ready).toBe(true)
    expect(await get('/api/version', `http://127.0.0.1:${port}`)).toEqual(await get('/api/version'))
  })

  test('it listens on this computer alone', async () => {
    const listening = await must('ss', ['-Hltn', 'sport = :11434'], project.here())
    expect(
      listening
        .trim()
        .split('\n')
        .map((line) => line.split(/\s+/)[3]),
    ).toEqual(['127.0.0.1:11434'])
    const audit = await project.lab('audit')
    expect(audit.stdout).toContain('No other user of this computer gets an answer.')
    expect(audit.stdout).toMatch(/open on purpose +127\.0\.0\.1:11434/)
  })

  test.skipIf(notReal)(`it has downloaded nothing, and the notebook says how to${notRun(notReal)}`, async () => {
    expect((await get('/api/tags')).models ?? []).toEqual([])
    expect(await runNotebook()).toBe('No model yet. In a terminal:  ollama pull llama3.2\n')
  })

  test('it ends with the project', async () => {
    await project.stop()
    expect(await isUp()).toBe(false)
  })
})

describe('an Ollama that runs already: a server that speaks its API', () => {
  let other: ChildProcess
  beforeAll(async () => {
    other = spawn(STAND_IN, { env: { ...process.env, OLLAMA_HOST: '127.0.0.1:11434' }, stdio: 'ignore' })
    await until('it answers', async () => (await isUp()) || undefined)
    expect((await project.start()).code).toBe(0)
  })
  afterAll(async () => {
    await project.stop()
    other.kill('SIGKILL')
  })

  test('is used, with its models', async () => {
    const { port } = (await project.status()).services.find(({ name }) => name === 'ollama') ?? {}
    expect((await project.lab('logs', 'ollama')).stdout).toContain('Ollama runs already on 127.0.0.1:11434')
    expect(await get('/api/tags', `http://127.0.0.1:${port}`)).toEqual({ models: [{ name: 'echo:latest' }] })
    expect(await runNotebook()).toBe("['echo:latest']\nYou said: In one sentence: what is a notebook?\n")
  })

  test('stays when the project stops', async () => {
    await project.stop()
    expect(await isUp()).toBe(true)
    expect((await project.start()).code).toBe(0)
  })

  test('has a successor when it ends', async () => {
    other.kill('SIGKILL')
    await once(other, 'exit')
    const { port } = (await project.status()).services.find(({ name }) => name === 'ollama') ?? {}
    // Whoever asks next is told that it is gone; then the project starts its own.
    await fetch(`http://127.0.0.1:${port}/api/tags`).catch(() => undefined)
    await until('its own answers', async () => (await isUp()) || undefined)
    expect((await project.status()).services.find(({ name }) => name === 'ollama')?.running).toBe(true)
  })
})

describe.skipIf(noOtherUser)(`a port that another user has taken${notRun(noOtherUser)}`, () => {
  let stranger: ChildProcess
  const server = `
from http.server import BaseHTTPRequestHandler, HTTPServer
class Stranger(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
HTTPServer(("127.0.0.1", 11434), Stranger).serve_forever()`
  beforeAll(async () => {
    await project.stop()
    stranger = spawn('python3', ['-c', server], { uid: 65534, cwd: '/', stdio: 'ignore' })
    await until('it answers', async () => (await fetch(`${ADDRESS}/`)).ok || undefined)
  })
  afterAll(async () => {
    await project.stop()
    stranger.kill('SIGKILL')
  })

  test('is named, and nothing is sent there', async () => {
    const started = await project.start()
    expect(started.stdout + started.stderr).toContain(
      'Port 11434 is taken by a program of nobody. Nothing is sent there.',
    )
  })
})

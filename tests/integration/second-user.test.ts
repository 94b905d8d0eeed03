import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noStranger, notRun } from '../support/abilities.ts'
import { newestNix, readEnvironment } from '../support/environment.ts'
import { addressIn, forPrograms } from '../support/lab-page.ts'
import { processesOf, watchListeners } from '../support/processes.ts'
import { Project } from '../support/project.ts'
import { type Result, until } from '../support/run.ts'
import { type Observation, Stranger, secretsOf } from '../support/stranger.ts'
import { isFirstOfItsInstaller, shownByInstaller, template } from '../support/template.ts'

// What a stranger may be told by a server of ours: that it is there, its version, and where to log in.
const OPEN = /^\S+ \S+ (\/healthz|\/api|\/login|\/favicon\.ico) 200$/
const SAID_IN_THE_NOTEBOOK = 'said-in-the-notebook'

describe.skipIf(noStranger)(`${template.id}: another user of this computer${notRun(noStranger)}`, () => {
  let project: Project
  let world: string
  let state: string
  const secrets = new Set<string>()
  let looked = 0
  let audit: Result | undefined
  /** The ports of the first start, which the next one asks for again. */
  let before: number[]
  let endWatch: () => Promise<void>

  beforeAll(async () => {
    project = await Project.create({ nix: newestNix(readEnvironment()) })
    world = join(project.directory, '..')
    // As a home directory is: everybody may enter it. What is private has to be private by itself.
    for (const directory of [world, project.directory, join(world, 'home')]) chmodSync(directory, 0o755)
  })
  afterAll(async () => {
    await project?.remove()
    console.log(`${template.id}: another user saw ${looked} things: 0 answers, 0 secrets`)
  })

  /** Keep every secret that the project has now. */
  const learn = () => {
    for (const secret of secretsOf(state)) secrets.add(secret)
    expect(secrets.size).toBeGreaterThanOrEqual(2)
  }
  /** The other user looks around, and asks whatever the project listens on. */
  const watch = async () => {
    const watcher = await Stranger.send(world, ['watch', world, '/dev/shm'])
    endWatch = watchListeners(project.state, (address) => watcher.ask(address))
    return watcher
  }
  const ports = async () => (await project.status()).services.map(({ port }) => port)
  const token = () => readFileSync(join(state, 'token'), 'utf8')
  const jupyter = async () => forPrograms(addressIn((await project.start()).stdout))
  const authorized = () => ({ headers: { Authorization: `token ${token()}` } })

  /** No observation holds a secret, and no server of ours has answered. */
  const expectNothing = (seen: Observation[]) => {
    looked += seen.length
    const leaks = seen.filter(({ text }) => [...secrets, SAID_IN_THE_NOTEBOOK].some((secret) => text.includes(secret)))
    expect(leaks.map(({ kind, where }) => `${kind} ${where}`)).toEqual([])
    const answers = seen.filter(({ kind, where }) => kind === 'http' && / 2\d\d$/.test(where) && !OPEN.test(where))
    expect(answers.map(({ where }) => where)).toEqual([])
    expect(seen.filter(({ kind }) => kind === 'unix').map(({ where }) => where)).toEqual([])
    const inState = seen.filter(({ kind, where }) => kind === 'file' && where.startsWith(project.state))
    expect(inState.map(({ where }) => where)).toEqual([])
  }

  test('learns and reaches nothing during the first start, while a kernel works, and during the stop (H2 to H4)', async () => {
    const stranger = await watch()
    const started = await project.start()
    expect(started.code, started.stderr).toBe(0)
    state = (await project.status()).state
    const address = forPrograms(addressIn(started.stdout))
    const kernel = await fetch(new URL('/api/kernels', address), { method: 'POST', body: '{}', ...authorized() })
    expect(kernel.status).toBe(201)
    const file = await until(
      'the kernel runs',
      async () => processesOf(project.state).flatMap(({ command }) => /-f (\S+\.json)$/.exec(command)?.[1] ?? [])[0],
    )
    const speak = `
import glob, sys
from jupyter_client import BlockingKernelClient
client = BlockingKernelClient(connection_file=sys.argv[1])
client.load_connection_file()
client.start_channels(hb=False)  # it calls a kernel dead that is late by a second
client.wait_for_ready(timeout=300)
for _ in range(40):
    client.execute_interactive("import time; print('-'.join(${JSON.stringify(SAID_IN_THE_NOTEBOOK.split('-')).replaceAll('"', "'")})); time.sleep(.1)", timeout=300)
`
    const spoken = await project.develop(['python', '-c', speak, file])
    expect(spoken.code, spoken.stderr).toBe(0)
    expect(spoken.stdout).toContain(SAID_IN_THE_NOTEBOOK)
    learn()
    const open = await ports()
    // A watcher that saw nothing would pass as well: it has to have asked the ports.
    await until('the other user has asked the ports', async () => {
      const asked = new Set(stranger.of('http').map(({ where }) => where.split(' ')[0]))
      return open.every((port) => asked.has(`127.0.0.1:${port}`)) || undefined
    })
    audit = await project.lab('audit')
    expect((await project.stop()).code).toBe(0)
    await endWatch()
    expectNothing(await stranger.leave())
    before = open
  })

  test('`lab audit` finds nothing in a project that runs', () => {
    expect(audit?.code, `${audit?.stdout}${audit?.stderr}`).toBe(0)
  })

  // What follows is `lab`, its supervisor and JupyterLab: that of Nix, and with uv that of PyPI.
  test.runIf(isFirstOfItsInstaller)(
    `who holds the ports first gets no secret, and the start says whose they are (H1)${shownByInstaller}`,
    async () => {
      const stranger = await Stranger.send(world, ['trap', ...before.map(String)])
      expect(stranger.of('bound')).toHaveLength(2 * before.length)
      const started = await project.start()
      expect(started.code, started.stderr).toBe(0)
      const after = await ports()
      expect(after.filter((port) => before.includes(port))).toEqual([])
      for (const port of before) expect(started.stderr + started.stdout).toContain(String(port))
      learn()
      expectNothing(await stranger.leave())
      await project.stop()
    },
  )

  test.runIf(isFirstOfItsInstaller)(`a crash and File → Shut Down open no door (H1)${shownByInstaller}`, async () => {
    const address = await jupyter()
    state = (await project.status()).state
    const watcher = await watch()
    const { services } = await project.status()
    for (const { pid } of services) process.kill(pid, 'SIGKILL')
    await until('all of them run again', async () => {
      const now = (await project.status()).services
      return now.every(({ ready, pid }, index) => ready && pid !== services[index]?.pid) ? true : undefined
    })
    learn()
    // From here on a port is held by the other user, whose own answers the watcher would take for ours.
    await endWatch()
    expectNothing(await watcher.leave())
    const down = await fetch(new URL('/api/shutdown', address), { method: 'POST', ...authorized() })
    expect(down.status).toBe(200)
    const port = Number(address.port)
    await until('JupyterLab has ended', async () => ((await reachable(port)) ? undefined : true))
    const trap = await Stranger.send(world, ['trap', String(port)])
    const again = await project.start()
    // Whether it starts elsewhere or says who is there: nobody gets the token.
    const said = again.stdout + again.stderr
    expect(again.code === 0 || said.includes(String(port)), said).toBe(true)
    learn()
    expectNothing(await trap.leave())
    await project.stop()
  })

  test.runIf(isFirstOfItsInstaller)(
    `a server that is open on purpose is found, and does not run (\`lab start\`)${shownByInstaller}`,
    async () => {
      const flake = join(project.directory, 'flake.nix')
      const text = readFileSync(flake, 'utf8')
      const command = '"exec python -m http.server --bind 127.0.0.1 $PORT"'
      const open = `services.files = { command = ${command}; health = "/"; };`
      writeFileSync(flake, text.replace(/^( *)services\.server\.command/m, `$1${open}\n$&`))
      expect(readFileSync(flake, 'utf8')).toContain(open)
      const started = await project.start()
      expect(started.code).toBe(1)
      expect(started.stderr).toContain('files')
      expect((await project.status()).running).toBe(false)
      writeFileSync(flake, text)
    },
  )
})

async function reachable(port: number): Promise<boolean> {
  try {
    await fetch(`http://127.0.0.1:${port}/api`)
    return true
  } catch {
    return false
  }
}

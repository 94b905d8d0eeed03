import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readEnvironment, system } from '../../support/environment.ts'
import { Project } from '../../support/project.ts'
import { must, run, until } from '../../support/run.ts'
import { KEYS, openTerminal } from '../../support/terminal.ts'

/** Of each package. It is downloaded slowly enough to be seen, whatever its size: a small one costs less to make. */
const MEGABYTES = 10
const NAMES = ['first-of-two', 'second-of-two']

// What a first start downloads comes here from a binary cache of the test's own: two packages that this computer does not have.
describe.each(readEnvironment().nix)('minimal: the first start shows what happens, with Nix $version', (nix) => {
  let project: Project
  let server: Server
  let substituters: Record<string, string>
  /** The address of each package that was asked for. */
  const asked: string[] = []
  let bytesPerSecond = 0
  let directory: string
  let flake: string

  beforeAll(async () => {
    project = await Project.enteredWith(nix)
    directory = join(project.directory, '..', 'cache')
    mkdirSync(directory)
    flake = readFileSync(join(project.directory, 'flake.nix'), 'utf8')
    server = createServer(async (request, response) => {
      const file = join(directory, new URL(request.url ?? '', 'http://cache').pathname)
      // Tests that look for open servers ask this one, too.
      if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return response.writeHead(404).end()
      if (file.endsWith('.nar')) asked.push(file)
      const chunks: Buffer[] = await createReadStream(file).toArray()
      response.setHeader('Content-Length', Buffer.concat(chunks).length)
      for (const chunk of chunks) {
        if (response.destroyed) return
        response.write(chunk)
        if (bytesPerSecond) await pause((1000 * chunk.length) / bytesPerSecond)
      }
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    substituters = {
      NIX_CONFIG: `substituters = http://127.0.0.1:${port}\nrequire-sigs = false\nhttp-connections = 1\nsandbox = false`,
    }
  })
  afterAll(async () => {
    server?.close()
    await project?.remove()
  })

  /**
   * Let the project want two packages that only the cache has. Not built here and deleted again: a deletion from the store
   * ends, by SIGPIPE, each `nix develop` that begins at that moment.
   */
  const wantTwoPackages = async () => {
    const made = `${process.pid}-${Date.now()}`
    const definitions = NAMES.map((name) => {
      const where = `system = "${system}"; builder = "/bin/false"; made = "${made}";`
      return `(derivation { name = "${name}"; ${where} })`
    })
    writeFileSync(join(directory, 'nix-cache-info'), 'StoreDir: /nix/store\n')
    for (const definition of definitions) await putIntoCache(`${definition}.outPath`)
    const wanted = flake.replace('packages = [ pkgs.git ];', `packages = [ pkgs.git ${definitions.join(' ')} ];`)
    expect(wanted).not.toBe(flake)
    writeFileSync(join(project.directory, 'flake.nix'), wanted)
    asked.length = 0
  }
  const putIntoCache = async (expression: string) => {
    const path: string = JSON.parse(
      await must('nix-instantiate', ['--eval', '--json', '-E', expression], project.here()),
    )
    const contents = join(directory, '..', 'contents')
    mkdirSync(join(contents, 'bin'), { recursive: true })
    writeFileSync(join(contents, 'data'), randomBytes(MEGABYTES * 1_000_000))
    const hash = basename(path).slice(0, 32)
    const nar = join(directory, `${hash}.nar`)
    await must('sh', ['-c', 'nix-store --dump "$0" > "$1"', contents, nar], project.here())
    const info = {
      StorePath: path,
      URL: basename(nar),
      Compression: 'none',
      NarHash: `sha256:${createHash('sha256').update(readFileSync(nar)).digest('hex')}`,
      NarSize: statSync(nar).size,
      References: '',
    }
    const lines = Object.entries(info).map(([key, value]) => `${key}: ${value}\n`)
    writeFileSync(join(directory, `${hash}.narinfo`), lines.join(''))
  }
  const terminal = () =>
    openTerminal([join(project.directory, 'start'), '--no-open'], {
      cwd: project.directory,
      env: { ...project.env, ...substituters, TERM: 'xterm' },
      cols: 80,
    })

  test('on a terminal one line says how much of how much, and for how long; Ctrl-C ends it, and the next start goes on', async () => {
    await wantTwoPackages()
    bytesPerSecond = 1_700_000
    const first = terminal()
    await first.see('Reading flake.nix …')
    await first.see(/^Downloading \d+ MB of \d+ MB, (less than a|about \d+) minutes? left$/m)
    await until('the second package comes', async () => (asked.length === 2 ? true : undefined))
    await first.see(/^Downloading 1[1-9] MB of 20 MB/m)
    first.type(KEYS.ctrlC)
    expect(await first.exited).not.toBe(0)
    // Nothing of the line is left, and nothing else was said.
    expect(first.screen().replace('^C', '').trim()).toBe('')

    const [already] = asked.splice(0)
    bytesPerSecond = 0
    const second = terminal()
    await second.see('my-lab is running')
    expect(await second.exited).toBe(0)
    expect(second.screen()).not.toContain('Downloading')
    expect(asked).toHaveLength(1)
    expect(asked).not.toContain(already)
    await project.stop()
  })

  test('without a terminal it writes a line now and then', async () => {
    await wantTwoPackages()
    bytesPerSecond = 6_700_000
    const started = await run(join(project.directory, 'start'), ['--no-open'], project.here({ env: substituters }))
    expect(started.code, started.stderr).toBe(0)
    const lines = started.stderr.split('\n').filter((line) => line.startsWith('Downloading'))
    expect(lines.length).toBeGreaterThan(3)
    expect(lines.length).toBeLessThan(12)
    for (const line of lines) expect(line).toMatch(/^Downloading: \d+ MB( of \d+ MB)?(, .* left)?$/)
    expect(started.stderr).not.toContain('\u001b')
    await project.stop()
  })

  test('what another Nix builds at the same time is named and waited for', async () => {
    const [begun, go] = [join(directory, 'begun'), join(directory, 'go')]
    // It ends with the directory as well, where this test fails before it lets it go on.
    const script = `touch ${begun}; until test -e ${go} || test ! -e ${begun}; do sleep 0.1; done; mkdir $out # ${process.pid}-${Date.now()}`
    const where = `system = "${system}"; builder = "/bin/sh"; PATH = "/usr/bin:/bin";`
    const slow = `(derivation { name = "slow-thing"; ${where} args = [ "-c" "${script}" ]; })`
    writeFileSync(
      join(project.directory, 'flake.nix'),
      flake.replace('packages = [ pkgs.git ];', `packages = [ pkgs.git ${slow} ];`),
    )
    const other = project.develop(['true'], { env: { NIX_CONFIG: 'sandbox = false' } })
    await until('it is being built', async () => existsSync(begun) || undefined)
    const second = terminal()
    await second.see(/^Waiting for slow-thing, which another Nix is building …$/m)
    writeFileSync(go, '')
    await second.see('my-lab is running')
    expect(await second.exited).toBe(0)
    const { code, stderr } = await other
    expect(code, stderr).toBe(0)
    await project.stop()
  })
})

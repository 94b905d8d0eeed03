import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { newestNix, readEnvironment } from '../harness/environment.ts'
import { Project } from '../harness/project.ts'
import { run } from '../harness/run.ts'

const STORE = '/nix/store'

// B15: what Nix copies into its store, everybody on the computer can read.
describe.each(['with git', 'without git'])(`${inject('template')}: secrets and data, %s`, (how) => {
  const secret = randomBytes(16).toString('hex')
  let project: Project

  beforeAll(async () => {
    project = await Project.create({ nix: newestNix(readEnvironment()) })
    if (how === 'without git') rmSync(join(project.folder, '.git'), { recursive: true })
    writeFileSync(join(project.folder, '.env'), `PASSWORD=${secret}\n`, { mode: 0o600 })
    mkdirSync(join(project.folder, 'data'), { recursive: true })
    writeFileSync(join(project.folder, 'data', `${secret}.bin`), Buffer.alloc(50_000_000))
  })
  afterAll(() => project?.remove())

  /** The store's own copies of what was planted: in the root of a source, or in a folder of it. */
  function planted(): string[] {
    return readdirSync(STORE)
      .filter((name) => name.endsWith('-source'))
      .map((name) => join(STORE, name))
      .filter((source) => {
        const env = join(source, '.env')
        const leaked = existsSync(env) && readFileSync(env, 'utf8').includes(secret)
        return leaked || existsSync(join(source, 'data', `${secret}.bin`))
      })
  }

  test('B15: ./start works, and nothing of them is in the store', async () => {
    const started = await project.start()
    expect(started.code, started.stderr).toBe(0)
    expect(planted()).toEqual([])
  })

  test('B15: the shell that direnv enters works, and nothing of them is in the store', async () => {
    const chosen = await run('sh', ['nix/choose-shell.sh'], project.here())
    const flags = ['develop', chosen.stdout.trim(), '--command', 'sh', '-c', 'echo "$NIX_JUPYTER_ROOT"']
    const entered = await project.nixCommand(flags)
    expect([entered.code, entered.stdout.trim()], entered.stderr).toEqual([0, project.folder])
    expect(planted()).toEqual([])
  })

  test.runIf(how === 'without git')('B15: an edit of flake.nix counts at the next start', async () => {
    const file = join(project.folder, 'flake.nix')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace('services.server.command', 'services.server.comand'))
    await project.stop()
    const started = await run(join(project.folder, 'start'), ['--no-open'], project.here({ cwd: tmpdir() }))
    writeFileSync(file, text)
    expect(started.code).not.toBe(0)
    expect(started.stderr).toMatch(/`services\.server` (needs a command|has no option `comand`)/)
  })
})

import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { notLinux, notRun } from '../support/abilities.ts'
import { FLAKES } from '../support/cache.mjs'
import { newestNix, readEnvironment } from '../support/environment.ts'
import { Project } from '../support/project.ts'
import { run } from '../support/run.ts'
import { isFirstOfItsKind, shownElsewhere, template } from '../support/template.ts'

type Row = { name: string; decision: 'drop' | 'keep' | 'set' | 'give back'; why: string }

const read = (file: string) => JSON.parse(readFileSync(join(import.meta.dirname, '../..', file), 'utf8'))
const table: Record<string, Row[]> = read('templates/shared/nix/variables.json')
/** By the names of the rows: a variable with a value to try. */
const examples: Record<string, string> = read('tests/support/variable-examples.json')
const { 'builds of Nix': builds = [], ...people } = table
const rows = Object.values(people).flat()

// One tier for each way to fill the environment; and what a process was given can be read on Linux alone.
const here = isFirstOfItsKind && !notLinux
const why = shownElsewhere || notRun(notLinux)

// Done by `./start` and nix/enter.sh, the same in all templates, before there is an environment.
const isMinimal = template.id === 'minimal'
const byMinimal = isMinimal ? '' : ' (shown by minimal)'

describe.runIf(here)(`${template.id}: a shell with settings of its own (H6, H8, H10, H11, B13)${why}`, () => {
  let project: Project
  let world: string
  beforeAll(async () => {
    project = await Project.create({ nix: newestNix(readEnvironment()) })
    world = dirname(project.directory)
    mkdirSync(join(world, 'shims'))
    writeFileSync(join(world, 'shims/python'), '#!/bin/sh\nexit 9\n')
    chmodSync(join(world, 'shims/python'), 0o755)
    writeFileSync(join(world, 'shims.sh'), `PATH=${join(world, 'shims')}:$PATH\n`)
  })
  afterAll(() => project?.remove())

  /** The examples of some rows as an environment, with their directories in a place that goes away. */
  const hostile = (decisions: Row['decision'][]): Record<string, string> => {
    const chosen = rows.filter((row) => decisions.includes(row.decision)).map((row) => split(row, world))
    return { ...Object.fromEntries(chosen), XDG_STATE_HOME: project.state }
  }
  const start = (env: NodeJS.ProcessEnv) =>
    run(join(project.directory, 'start'), ['--no-open'], project.here({ cwd: world, env }))
  /** What JupyterLab, whose kernels inherit it, and server.py were given. */
  const given = async () => (await project.status()).services.map(({ pid }) => environmentOf(pid))

  test('every row of the table names a variable, a decision, a reason and a value to try', () => {
    for (const row of [...rows, ...builds]) {
      expect(row.why, row.name).not.toBe('')
      expect(['drop', 'keep', 'set', 'give back'], row.name).toContain(row.decision)
      expect(matches(row.name, examples[row.name]?.split('=')[0] ?? ''), row.name).toBe(true)
    }
  })

  test('what would install elsewhere or other things is without effect on a first start', async () => {
    const started = await start(hostile(['drop', 'set', 'give back']))
    expect(started.code, started.stderr).toBe(0)
    expect((await project.status()).services.every(({ ready }) => ready)).toBe(true)
    expect(existsSync(join(world, 'elsewhere'))).toBe(false)
    await project.stop()
  })

  test('all rows at once: dropped, kept, set, and put aside for the programs of this computer', async () => {
    const values = hostile(['drop', 'keep', 'set', 'give back'])
    const started = await start(values)
    expect(started.code, started.stderr).toBe(0)
    for (const environment of await given()) {
      for (const row of rows) {
        const [name, value] = split(row, world)
        const found = environment.get(name)
        const expected = name === 'XDG_STATE_HOME' ? project.state : value
        if (row.decision === 'drop') expect(found, name).toBeUndefined()
        else if (row.decision === 'keep') expect(found, name).toBe(expected)
        else expect(found, name).not.toBe(value)
        if (row.decision === 'give back') expect(environment.get(`NIX_JUPYTER_HOST_${name}`), name).toBe(value)
      }
      for (const { name } of builds) expect(environment.has(name), name).toBe(false)
    }
    await project.stop()
  })

  test("files are for those whom the user's umask allows (H6)", async () => {
    rmSync(join(project.directory, '.venv'), { recursive: true, force: true })
    const masked = await run('sh', ['-c', 'umask 077; exec ./start --no-open'], project.here())
    expect(masked.code, masked.stderr).toBe(0)
    const { url, services } = await project.status()
    const token = new URL(url ?? '').searchParams.get('token')
    const port = services.find(({ name }) => name === 'jupyter')?.port
    const body = JSON.stringify({ type: 'notebook' })
    const headers = { Authorization: `token ${token}` }
    const made = await fetch(`http://127.0.0.1:${port}/api/contents/`, { method: 'POST', headers, body })
    const { path } = (await made.json()) as { path: string }
    expect(statSync(join(project.directory, path)).mode & 0o777).toBe(0o600)
    if (existsSync(join(project.directory, '.venv'))) {
      expect(statSync(join(project.directory, '.venv')).mode & 0o777).toBe(0o700)
    }
    rmSync(join(project.directory, path))
    await project.stop()
    const nix = `nix --extra-experimental-features "${FLAKES[1]}" develop --command sh -c umask`
    expect((await run('sh', ['-c', `umask 027; ${nix}; exit $?`], project.here())).stdout).toBe('0027\n')
  })

  test('entering leaves no temporary directory behind, and TMPDIR is the one of before', async () => {
    const own = join(world, 'temporary')
    mkdirSync(own, { recursive: true })
    const said = async (around: string) => {
      const told = await project.develop(['sh', '-c', 'echo "$TMPDIR"'], { env: { TMPDIR: around } })
      expect(told.code, told.stderr).toBe(0)
      return told.stdout.trim()
    }
    expect(await said(own)).toBe(own)
    expect(readdirSync(own)).toEqual([])
    // As in a shell of another flake, whose own directory goes with it.
    const around = join(own, 'nix-shell.Abc123')
    mkdirSync(around)
    expect(await said(around)).toBe(own)
    expect((await start({ TMPDIR: own })).code).toBe(0)
    await project.stop()
    rmSync(around, { recursive: true })
    expect(readdirSync(own)).toEqual([])
  })

  test.runIf(isMinimal)(
    `another directory of the same name is not started in the place of this one (H10)${byMinimal}`,
    async () => {
      mkdirSync(join(world, 'others/my-lab'), { recursive: true })
      const env = { ...project.env, CDPATH: join(world, 'others') }
      const started = await run('my-lab/start', ['--no-open'], { cwd: world, env })
      expect(started.code, started.stderr).toBe(0)
      expect((await project.status()).running).toBe(true)
      // Where sh is bash, it takes over functions that a shell has exported.
      const cd = { ...env, 'BASH_FUNC_cd%%': '() { builtin cd /; }' }
      const inBash = await run('bash', ['--posix', 'my-lab/lab', 'status'], { cwd: world, env: cd })
      expect(inBash.stdout, inBash.stderr).toContain('jupyter')
      expect(readdirSync(join(world, 'others/my-lab'))).toEqual([])
      const stopped = await run('my-lab/stop', [], { cwd: world, env })
      expect(stopped.code, stopped.stderr).toBe(0)
      expect((await project.status()).running).toBe(false)
    },
  )

  test.runIf(isMinimal)(`what cannot work is said in a sentence (H13)${byMinimal}`, async () => {
    const said = async (env: NodeJS.ProcessEnv) => {
      const result = await start(env)
      expect(result.code).toBe(1)
      return result.stderr
    }
    expect(await said({ HOME: undefined })).toContain('HOME is not set')
    expect(await said({ HOME: 'relative/home' })).toContain('HOME is relative/home')
    expect(await project.gitStatus()).toBe('')
  })

  test.runIf(isMinimal)(
    `a relative directory, which would lead into the project, is not used (H13)${byMinimal}`,
    async () => {
      const names = ['XDG_STATE_HOME', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'TMPDIR']
      const env = Object.fromEntries(names.map((name) => [name, 'relative']))
      const started = await start(env)
      expect(started.code, started.stderr).toBe(0)
      for (const name of names)
        expect(started.stderr).toContain(`${name} is "relative", which is not the full path of a directory`)
      expect(await project.gitStatus()).toBe('')
      const stopped = await run('./stop', [], project.here({ env }))
      expect(stopped.stdout, stopped.stderr).toContain('is stopped')
    },
  )
})

function split(row: Row, world: string): [string, string] {
  const [name = '', ...value] = (examples[row.name] ?? '').replaceAll('/tmp', world).split('=')
  return [name, value.join('=')]
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}

function environmentOf(pid: number): Map<string, string> {
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean)
  return new Map(entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]))
}

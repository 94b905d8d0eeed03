import { chmodSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { notLinux, notRun } from '../../support/abilities.ts'
import { newestNix, readEnvironment } from '../../support/environment.ts'
import { processesOf } from '../../support/processes.ts'
import { Project } from '../../support/project.ts'
import { must, type RunOptions, run } from '../../support/run.ts'

describe('minimal: what runs is looked at and stopped without Nix', () => {
  let project: Project
  let bare: string
  beforeAll(async () => {
    project = await Project.create({ nix: newestNix(readEnvironment()) })
    // Hardly anything on PATH, and certainly no Nix. Debian has one in /usr/bin.
    bare = await mkdtemp(join(tmpdir(), 'bare-path-'))
    for (const name of ['sh', 'dirname', 'env', 'ls', 'pwd', 'sed'])
      symlinkSync(await programOf(name), join(bare, name))
  })
  afterAll(async () => {
    await project?.remove()
    await rm(bare, { recursive: true })
  })

  const programOf = async (name: string) => (await must('sh', ['-c', 'which "$0"', name])).trim()
  const withoutNix = (options: RunOptions = {}) =>
    project.here({ cwd: '/', ...options, env: { PATH: bare, CDPATH: project.directory, ...options.env } })
  const type = (file: string, args: string[] = [], options: RunOptions = {}) =>
    run(join(project.directory, file), args, withoutNix(options))
  const start = async () => {
    const started = await project.start()
    expect(started.code, started.stderr).toBe(0)
  }

  test('before the first start, what looks at a project says so, and builds nothing (B1)', async () => {
    for (const [file, args] of [
      ['stop', []],
      ['lab', ['status']],
    ] as const) {
      const result = await type(file, [...args])
      expect([result.code, result.stderr]).toEqual([0, ''])
      expect(result.stdout).toContain('has not been started here yet')
      expect(result.stdout).toContain(`Next: ${project.directory}/start`)
    }
    for (const command of ['url', 'open', 'logs', 'attach', 'restart']) {
      const result = await type('lab', [command])
      expect([result.code, result.stdout]).toEqual([1, ''])
      expect(result.stderr).toMatch(/has not been started here yet\.\n {2}Next: \/.*\/start\n$/)
    }
  })

  test('before the first start, --json has JSON all the same, and the words of later', async () => {
    const json = async (...args: string[]) => JSON.parse((await type('lab', [...args, '--json'])).stdout)
    const status = await json('status')
    expect(status).toMatchObject({
      project: 'my-lab',
      root: project.directory,
      running: false,
      url: null,
      services: [],
    })
    expect(await json('stop')).toEqual({ project: 'my-lab', stopped: false })
    const message = expect.stringContaining('has not been started here yet')
    const error = { message, next: `${project.directory}/start`, exitCode: 1 }
    expect(await json('url')).toEqual({ error })
    expect(await json('logs', 'server')).toEqual({ error })
    const later = await project.statusInShell()
    expect(Object.keys(status)).toEqual(Object.keys(later))
    await rm(join(project.directory, '.nix-jupyter'), { recursive: true })
    await rm(later.state, { recursive: true })
  })

  test('where a download has taken the executable bits, the next command is one that can be typed', async () => {
    const file = join(project.directory, 'start')
    chmodSync(file, 0o644)
    const result = await run('sh', [join(project.directory, 'lab'), 'status'], withoutNix())
    expect(result.stdout).toContain(`Next: sh ${file}`)
    chmodSync(file, 0o755)
  })

  test('through a link from elsewhere it is the same, and names the project', async () => {
    for (const [name, args] of [
      ['stop', []],
      ['lab', ['status']],
    ] as const) {
      const link = join(project.directory, '..', `link-to-${name}`)
      symlinkSync(join(project.directory, name), link)
      const result = await run(link, [...args], project.here({ cwd: '/' }))
      expect(result.stdout).toContain(`Next: ${project.directory}/start`)
    }
  })

  test.each(['sh', 'bash'])(
    'a broken flake.nix, no Nix, another directory, CDPATH, with %s (B1, D7)',
    async (shell) => {
      await start()
      const flake = readFileSync(join(project.directory, 'flake.nix'), 'utf8')
      writeFileSync(join(project.directory, 'flake.nix'), '{ a typing error')
      try {
        const program = await programOf(shell)
        const inDirectory = (...words: string[]) =>
          run(program, words, withoutNix({ cwd: join(project.directory, '..') }))
        const status = await inDirectory('my-lab/lab', 'status', '--json')
        expect(JSON.parse(status.stdout)).toMatchObject({ running: true, root: project.directory })
        expect((await inDirectory('my-lab/lab', 'url')).stdout).toMatch(/^http:/)
        expect((await inDirectory('my-lab/lab', 'logs', 'jupyter')).stdout).toContain('ServerApp]')
        expect((await inDirectory('my-lab/lab', 'doctor')).stdout).toContain('process-compose')
        const stopped = await inDirectory('my-lab/stop')
        expect([stopped.code, stopped.stdout], stopped.stderr).toEqual([0, 'my-lab is stopped.\n'])
        expect(processesOf(project.state)).toEqual([])
      } finally {
        writeFileSync(join(project.directory, 'flake.nix'), flake)
      }
    },
  )

  test('what a message says to type works where it is printed (B11)', async () => {
    const url = await type('lab', ['url'], { cwd: project.directory })
    expect(url.code).toBe(1)
    expect(url.stderr).toContain(`${project.directory}/lab start`)
    const near = await run('./lab', ['url'], withoutNix({ cwd: project.directory }))
    expect(near.stderr).toMatch(/: \.\/lab start\n$/)
    const inside = await project.lab('url')
    expect(inside.stderr).toMatch(/: lab start\n$/)
  })

  test('moved while it runs: found and stopped at its new place, and its state comes along (B5)', async () => {
    await start()
    const { state } = await project.statusInShell()
    writeFileSync(join(state, 'cards.db'), 'mine')
    const elsewhere = join(project.directory, '..', 'elsewhere', 'renamed lab')
    await mkdir(join(elsewhere, '..'))
    await rename(project.directory, elsewhere)
    try {
      const stopped = await run(join(elsewhere, 'stop'), [], project.here({ cwd: '/' }))
      expect([stopped.code, stopped.stdout], stopped.stderr).toEqual([0, 'my-lab is stopped.\n'])
      expect(stopped.stderr).toContain(`This project was at ${project.directory} before.`)
      expect(processesOf(project.state)).toEqual([])
      const status = await run(join(elsewhere, 'lab'), ['status', '--json'], withoutNix())
      expect(status.stderr).toBe('')
      expect(JSON.parse(status.stdout)).toMatchObject({ root: elsewhere, state, running: false })
      expect(readFileSync(join(state, 'cards.db'), 'utf8')).toBe('mine')
    } finally {
      await rename(elsewhere, project.directory)
    }
  })

  test('moved to where Nix cannot work while it runs: it is found and stopped all the same', async () => {
    await start()
    const elsewhere = join(project.directory, '..', "Zoë's lab: new")
    await rename(project.directory, elsewhere)
    try {
      const status = await run(join(elsewhere, 'lab'), ['status', '--json'], project.here({ cwd: '/' }))
      expect(JSON.parse(status.stdout), status.stderr).toMatchObject({ running: true })
      const again = await run(join(elsewhere, 'start'), [], project.here({ cwd: '/' }))
      expect([again.code, again.stdout]).toEqual([1, ''])
      expect(again.stderr).toContain('no directory on that path may have an apostrophe')
      const stopped = await run(join(elsewhere, 'stop'), [], project.here({ cwd: '/' }))
      expect([stopped.code, stopped.stdout], stopped.stderr).toEqual([0, 'my-lab is stopped.\n'])
      expect(processesOf(project.state)).toEqual([])
    } finally {
      await rename(elsewhere, project.directory)
    }
  })

  test.skipIf(notLinux).each([
    ["caf\\351 50%%\\ta'/my lab", 'caf-50-a', 'an apostrophe'],
    ['Zo\\303\\253/caf\\351', 'Zoë/caf', 'is not in UTF-8'],
  ])(
    `a path that is not in UTF-8 (%s) is refused, with the command that renames it${notRun(notLinux)}`,
    async (odd, good, why) => {
      const place = join(project.directory, '..', 'odd')
      const script = [
        `odd=$(printf "odd/${odd}") && mkdir -p "$odd" && cp -R my-lab "$odd/lab" && cd "$odd/lab" || exit 3`,
        './start --no-open; code=$?',
        './stop >&2; exit $code',
      ]
      try {
        const refused = await run('sh', ['-c', script.join('\n')], project.here({ cwd: join(place, '..') }))
        expect(refused.code, refused.stderr).toBe(1)
        expect(refused.stderr).toContain(why)
        const [, command = ''] = refused.stderr.match(/\n {2}Next: (mv .*)\n/) ?? []
        const renamed = await must('sh', ['-c', `${command} && pwd && ls -d start`], project.here({ cwd: '/' }))
        expect(renamed).toContain(`${join(place, good)}`)
      } finally {
        await rm(place, { recursive: true })
      }
    },
  )

  test('a copy, and a clone, have a state of their own (B5)', async () => {
    const { state } = await project.statusInShell()
    const copy = join(project.directory, '..', 'copied', 'my-lab')
    await cp(project.directory, copy, { recursive: true, verbatimSymlinks: true })
    const clone = join(project.directory, '..', 'cloned', 'my-lab')
    await must('git', ['clone', '--quiet', project.directory, clone], project.here())
    const states = [state]
    for (const directory of [copy, clone]) {
      const entered = await project.nixCommand(['develop', '--command', 'lab', 'status', '--json'], { cwd: directory })
      expect(entered.stderr.includes('is a copy of'), entered.stderr).toBe(directory === copy)
      const again = await project.nixCommand(['develop', '--command', 'lab', 'status', '--json'], { cwd: directory })
      expect(again.stderr).not.toContain('copy')
      states.push(JSON.parse(again.stdout).state)
      expect(await must('git', ['status', '--porcelain'], project.here({ cwd: directory }))).toBe('')
    }
    expect(new Set(states).size).toBe(3)
    expect((await project.statusInShell()).state).toBe(state)
  })

  test('a project made where a moved one was gets a state of its own (B5)', async () => {
    const { state } = await project.statusInShell()
    const aside = join(project.directory, '..', 'aside')
    await rename(project.directory, aside)
    await must('git', ['clone', '--quiet', aside, project.directory], project.here({ cwd: '/' }))
    expect((await project.statusInShell()).state).not.toBe(state)
    const moved = await project.nixCommand(['develop', '--command', 'lab', 'status', '--json'], { cwd: aside })
    expect(JSON.parse(moved.stdout).state).toBe(state)
  })

  test.each(['stop', 'stop --json'])('what runs is stopped without Nix after `git clean`, too (%s)', async (typed) => {
    await start()
    await must('git', ['clean', '--quiet', '-fdx'], project.here())
    const status = await type('lab', ['status', '--json'])
    expect(JSON.parse(status.stdout), status.stderr).toMatchObject({ running: true })
    await must('git', ['clean', '--quiet', '-fdx'], project.here())
    const stopped = await type('lab', typed.split(' '))
    expect([stopped.code, stopped.stdout]).toEqual([0, expect.stringMatching(/is stopped\.|"stopped": true/)])
    expect(processesOf(project.state)).toEqual([])
  })

  test('the state is found again after `git clean` (B5)', async () => {
    const { state } = await project.statusInShell()
    await must('git', ['clean', '--quiet', '-fdx'], project.here())
    expect(readdirSync(project.directory)).not.toContain('.nix-jupyter')
    expect((await project.statusInShell()).state).toBe(state)
  })
})

import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { noMount, noOtherUser, notRun } from '../../../tests/support/abilities.ts'
import { atCall, stateOf } from '../../../tests/support/calls.ts'
import { randomNumbers, SEED } from '../../../tests/support/random.ts'
import { buildTwoVersions, makeProject, runProgram, type Version } from '../../../tests/support/versions.ts'
import { makeReadOnly, makeScene, preload } from '../../../tests/support/world.ts'

// The disk fails, somebody writes into the undo store, another run begins: either all is as it was, or there is a way back.

const MOMENTS = 10

let old: Version
let fresh: Version
beforeAll(() => {
  ;[old, fresh] = buildTwoVersions()
})

/** A project with an edit that will be a conflict. */
function scene() {
  const { directory, env: own } = makeScene()
  const env: Record<string, string> = { ...own, CREATE_NIX_JUPYTER_OFFLINE: '1' }
  const project = makeProject(old, ['--with', 'none'], directory, env)
  const changes = path.join(env.HOME ?? '', '.local/state/nix-jupyter/.changes')
  return {
    directory,
    env,
    project,
    run: (...args: string[]) => runProgram(fresh.program, args, project, env),
    edit: () => writeFileSync(path.join(project, 'guide.md'), 'mine\nline\n'),
    stored: () => (existsSync(changes) ? readdirSync(changes) : []),
    store: () => path.join(changes, readdirSync(changes)[0] ?? ''),
  }
}

describe('a disk that fails', () => {
  it.skipIf(noMount)(`in the middle of the project: is seen before the work begins${notRun(noMount)}`, () => {
    const { project, run, stored } = scene()
    makeReadOnly(path.join(project, 'nix'))
    const before = stateOf(project)
    const ran = run('upgrade')
    expect(ran).toMatchObject({ status: 1, stdout: '' })
    expect(ran.stderr).toContain('A read-only disk holds nix. Nothing was changed.')
    expect(stateOf(project)).toEqual(before)
    expect(stored()).toEqual([])
  })

  it.skipIf(noMount)(
    `that of the home directory: another one for the undo store is asked for${notRun(noMount)}`,
    () => {
      const { directory, project, env, run } = scene()
      makeReadOnly(env.HOME ?? '')
      const before = stateOf(project)
      const ran = run('upgrade')
      expect(ran).toMatchObject({ status: 1, stdout: '' })
      expect(ran.stderr).toMatch(
        /\.changes cannot be written to\. What undoes a change is kept there\.\n {2}Next: env XDG_STATE_HOME=.*in front of the same command/,
      )
      expect(stateOf(project)).toEqual(before)
      const state = path.join(directory, 'state')
      expect(runProgram(fresh.program, ['upgrade'], project, { ...env, XDG_STATE_HOME: state }).status).toBe(0)
    },
  )

  it.skipIf(noOtherUser)(
    `a directory that cannot be written to is named before the work begins${notRun(noOtherUser)}`,
    () => {
      const { directory, project, env, stored } = scene()
      const own = (place: string) => spawnSync('chown', ['-R', '12345:12345', place])
      for (const place of [directory, env.HOME ?? '']) own(place)
      chmodSync(path.dirname(directory), 0o755)
      chmodSync(path.join(project, 'nix'), 0o555)
      // What is read is of another user as well.
      chmodSync(fresh.directory, 0o755)
      const before = stateOf(project)
      const run = (...args: string[]) =>
        spawnSync(process.execPath, [fresh.program, ...args], {
          cwd: project,
          env,
          encoding: 'utf8',
          uid: 12345,
          gid: 12345,
        })
      for (const args of [['upgrade'], ['upgrade', '--dry-run']]) {
        expect(run(...args)).toMatchObject({ status: 1, stdout: '' })
        expect(run(...args).stderr).toContain(
          'No permission to write to nix. Nothing was changed.\n  Next: chmod u+wx nix\n',
        )
      }
      chmodSync(project, 0o555)
      const closed = 'No permission to write to the current directory. Nothing was changed.\n  Next: chmod u+wx .\n'
      expect(run('upgrade').stderr).toContain(closed)
      chmodSync(project, 0o755)
      expect(stateOf(project)).toEqual(before)
      expect(stored()).toEqual([])
      spawnSync('chmod', ['u+wx', 'nix'], { cwd: project })
      expect(run('upgrade').status).toBe(0)
    },
  )

  it(`once, at ${MOMENTS} moments: every file is as it was, or --abort makes it so (SEED=${SEED})`, () => {
    const random = randomNumbers(SEED)
    const { directory, env, project, run } = scene()
    const original = path.join(directory, 'original')
    cpSync(project, original, { recursive: true })
    const before = stateOf(project)
    const failing = preload(env, atCall("throw Object.assign(new Error('full'), { code: 'ENOSPC' })"))
    const counter = path.join(directory, 'count')
    runProgram(fresh.program, ['upgrade'], project, { ...failing, CALL_COUNT: counter })
    const finished = stateOf(project)
    const calls = Number(readFileSync(counter, 'utf8'))
    for (let moment = 0; moment < MOMENTS; moment++) {
      rmSync(project, { recursive: true })
      cpSync(original, project, { recursive: true })
      const at = 1 + Math.floor((moment * calls) / MOMENTS) + random(Math.ceil(calls / MOMENTS))
      const ran = runProgram(fresh.program, ['upgrade'], project, { ...failing, CALL_AT: String(at) })
      const what = `SEED=${SEED}, call ${at} of ${calls}: ${ran.stdout}${ran.stderr}`
      if (ran.status === 0) expect(stateOf(project), what).toEqual(finished)
      else if (!ran.stderr.includes('--abort')) expect(stateOf(project), what).toEqual(before)
      else {
        expect(run('upgrade', '--abort').status, what).toBe(0)
        expect(stateOf(project), what).toEqual(before)
      }
      expect(run('upgrade').status, what).toBe(0)
    }
  })
})

describe('the undo store is input', () => {
  it.each<[string, (store: string) => void]>([
    [
      'a path that leads out of the project',
      (store) => change(store, (text) => text.replace('"guide.md"', '"../guide.md"')),
    ],
    ['a path into git', (store) => change(store, (text) => text.replaceAll('"guide.md"', '".git/hooks/post-commit"'))],
    ['the bytes of another file', (store) => writeFileSync(path.join(store, 'bytes'), 'evil')],
    ['no JSON', (store) => change(store, () => '{')],
    ['permissions for others', (store) => chmodSync(store, 0o777)],
    ['the path of another project', (store) => change(store, (text) => text.replace(/"root":"[^"]*"/, '"root":"/"'))],
  ])('with %s it is refused, and nothing is written', (_, tamper) => {
    const { run, edit, project, store } = scene()
    edit()
    expect(run('upgrade').status).toBe(3)
    tamper(store())
    const before = stateOf(project)
    for (const way of ['--abort', '--continue', '--dry-run']) {
      const ran = run('upgrade', way)
      expect(ran.status).toBe(3)
      expect(ran.stderr).toContain('this program did not write it for you')
      expect(stateOf(project)).toEqual(before)
    }
  })

  it('can be read by nobody else', () => {
    const { run, edit, store } = scene()
    edit()
    run('upgrade')
    const found = spawnSync('find', [path.dirname(store()), '-perm', '/077'], { encoding: 'utf8' })
    expect(found.stdout).toBe('')
  })
})

function change(store: string, how: (text: string) => string): void {
  const file = path.join(store, 'journal.json')
  writeFileSync(file, how(readFileSync(file, 'utf8')))
}

it('killed in the middle of a change with a conflict: --continue writes the rest, and then asks for the conflict', () => {
  const { directory, env, project, run, edit, stored } = scene()
  edit()
  const before = stateOf(project)
  const killing = preload(env, atCall("process.kill(process.pid, 'SIGKILL')"))
  const counter = path.join(directory, 'count')
  runProgram(fresh.program, ['upgrade'], project, { ...killing, CALL_COUNT: counter })
  const conflicted = stateOf(project)
  expect(run('upgrade', '--abort').status).toBe(0)
  const calls = Number(readFileSync(counter, 'utf8'))
  // From the end backwards, to the first kill after which the change is not all there.
  let at = calls
  while (stateOf(project).join() === before.join() || stateOf(project).join() === conflicted.join()) {
    if (stored().length > 0) run('upgrade', '--abort')
    at -= 1
    runProgram(fresh.program, ['upgrade'], project, { ...killing, CALL_AT: String(at) })
  }
  expect(run('upgrade').stderr).toContain('was stopped in the middle')
  expect(run('upgrade', '--continue')).toMatchObject({ status: 3, stderr: expect.stringContaining('guide.md') })
  expect(stateOf(project)).toEqual(conflicted)
  writeFileSync(path.join(project, 'guide.md'), 'mine and new\nline\n')
  expect(run('upgrade', '--continue').status).toBe(0)
  expect(stored()).toEqual([])
  expect(run('upgrade').stdout).toContain('is up to date')
})

it('a store that another run takes away while it is looked at is none', () => {
  const { project, env, run, edit, store } = scene()
  edit()
  expect(run('upgrade').status).toBe(3)
  const taken = preload(
    env,
    `const fs = require('node:fs')
    const look = fs.lstatSync
    fs.lstatSync = (place, ...options) => {
      const found = look(place, ...options)
      if (place !== ${JSON.stringify(store())} || !found) return found
      fs.lstatSync = look
      fs.rmSync(place, { recursive: true })
      return found
    }`,
  )
  expect(runProgram(fresh.program, ['upgrade', '--abort'], project, taken)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('no change of this project is unfinished'),
  })
})

it('two runs at once do the work once', async () => {
  const { project, env, run, stored } = scene()
  const upgrade = () =>
    new Promise<[number | null, string]>((resolve) => {
      const child = spawn(process.execPath, [fresh.program, 'upgrade'], {
        cwd: project,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let said = ''
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text))
      child.on('close', (code) => resolve([code, said]))
    })
  const ended = await Promise.all([upgrade(), upgrade(), upgrade()])
  for (const [code, said] of ended) {
    expect([0, 3], said).toContain(code)
    if (code === 3) expect(said).toMatch(/in the meantime|right now/)
  }
  expect(stored()).toEqual([])
  expect(run('upgrade').stdout).toContain('is up to date')
})

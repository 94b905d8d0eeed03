import { spawn } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { atCall, stateOf } from '../../../tests/support/calls.ts'
import { buildTwoVersions, keepPacked, pack, runProgram, type Version } from '../../../tests/support/versions.ts'
import { makeScene, preload } from '../../../tests/support/world.ts'

// SIGKILL, with no warning, before each call that changes something: --abort gives every byte back, and --continue finishes.

/**
 * What leaves the disk as it is: a run that is killed before it leaves what one leaves that is killed before the next call.
 * What was written stays when a process is killed, whether the disk was waited for or not.
 */
const CHANGES_NOTHING = /^(openSync \S+ r$|closeSync|fsyncSync)/
/** Of so many moments, one is gone on from as well. */
const ONE_IN = 6

let old: Version
let fresh: Version
beforeAll(() => {
  ;[old, fresh] = buildTwoVersions()
})

it.each([[[]], [['--no-git']]])('killed before each change: gives every byte back, or finishes (%j)', async (flags) => {
  const { directory, env: own } = makeScene()
  const env: Record<string, string> = { ...own, CREATE_NIX_JUPYTER_OFFLINE: '1' }
  const project = path.join(directory, 'lab')
  runProgram(old.program, ['lab', '--yes', '--with', 'none', ...flags], directory, env)
  // Without git, what the project was is made again by the program that made it.
  if (flags.length > 0) keepPacked(pack(old), old.name, env)
  writeFileSync(path.join(project, 'guide.md'), 'old\nline\nmine\n')
  const original = path.join(directory, 'original')
  cpSync(project, original, { recursive: true })
  const before = stateOf(project)
  const spied = preload(env, atCall("process.kill(process.pid, 'SIGKILL')"))
  const log = path.join(directory, 'log')
  const upgrade = (more: Record<string, string>) =>
    new Promise<NodeJS.Signals | null>((resolve) => {
      const child = spawn(process.execPath, [fresh.program, 'upgrade'], {
        cwd: project,
        env: { ...spied, ...more },
        stdio: 'ignore',
      })
      child.on('close', (_, signal) => resolve(signal))
    })
  await upgrade({ CALL_LOG: log })
  const calls = readFileSync(log, 'utf8').split('\n')
  // From the moment at which the change is written down: before it, nothing is begun.
  const first = calls.findIndex((call) => /^renameSync .*\/\.changes\/[0-9a-f]{24}$/.test(call)) + 1
  expect(first).toBeGreaterThan(0)
  const moments = [...calls.entries()]
    .filter(([index, call]) => index + 1 >= first && !CHANGES_NOTHING.test(call))
    .map(([index]) => index + 1)
  expect(moments.length).toBeGreaterThan(20)
  // That of the two projects other ones are gone on from.
  const isContinued = (index: number) => (index + (flags.length > 0 ? ONE_IN / 2 : 0)) % ONE_IN === 0
  const finished = stateOf(project)
  expect(finished).not.toEqual(before)
  const reset = () => {
    rmSync(project, { recursive: true })
    cpSync(original, project, { recursive: true })
  }
  const state = path.join(env.HOME ?? '', '.local/state/nix-jupyter/.changes')
  const withoutLeftovers = () => stateOf(project).filter((entry) => !/^\.create-nix-jupyter-/.test(entry))

  /** Kills a run before one of its calls, then goes the way; returns whether there was one to go, and what this was about. */
  const killed = async (at: number, way: '--abort' | '--continue'): Promise<[boolean, string]> => {
    await upgrade({ CALL_AT: String(at) })
    const ran = runProgram(fresh.program, ['upgrade', way], project, env)
    const what = `call ${at} of ${calls.length}, ${way}: ${ran.stdout}${ran.stderr}`
    const isUnfinished = ran.status === 0
    if (isUnfinished) {
      expect(stateOf(project), what).toEqual(way === '--abort' ? before : finished)
      expect(readdirSync(state), what).toEqual([])
    } else {
      // Killed before the first step, or after the last one.
      expect(ran, what).toMatchObject({ status: 2, stderr: expect.stringContaining('is unfinished') })
      expect([before, finished], what).toContainEqual(withoutLeftovers())
    }
    return [isUnfinished, what]
  }

  let unfinished = 0
  reset()
  for (const [index, at] of moments.entries()) {
    const [isUnfinished] = await killed(at, '--abort')
    unfinished += isUnfinished ? 1 : 0
    if (isContinued(index)) {
      if (!isUnfinished) reset()
      const [, what] = await killed(at, '--continue')
      expect(runProgram(fresh.program, ['upgrade'], project, env).status, what).toBe(0)
      expect(stateOf(project), what).toEqual(finished)
      expect(existsSync(state) ? readdirSync(state) : [], what).toEqual([])
      reset()
    } else if (!isUnfinished) reset()
  }
  expect(unfinished).toBeGreaterThan(moments.length / 2)
  // What is told to whoever knows nothing of it.
  await upgrade({ CALL_AT: String(first + 1) })
  const next = runProgram(fresh.program, ['upgrade'], project, env)
  expect(next).toMatchObject({ status: 3, stderr: expect.stringContaining('was stopped in the middle') })
})

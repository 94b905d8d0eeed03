import { spawn } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { atCall, stateOf } from '../../../tests/support/calls.ts'
import { randomNumbers, SEED } from '../../../tests/support/random.ts'
import { buildTwoVersions, runProgram, type Version } from '../../../tests/support/versions.ts'
import { makeScene, preload } from '../../../tests/support/world.ts'

// SIGKILL, with no warning, at moments all over the run: --abort gives every byte back, and --continue finishes.

const MOMENTS = Number(process.env.KILL_MOMENTS ?? 15)

let old: Version
let fresh: Version
beforeAll(() => {
  ;[old, fresh] = buildTwoVersions()
})

it(`killed at ${MOMENTS} moments: gives every byte back, or finishes (SEED=${SEED})`, async () => {
  const random = randomNumbers(SEED)
  const { folder, env: own } = makeScene()
  const env: Record<string, string> = { ...own, CREATE_NIX_JUPYTER_OFFLINE: '1' }
  const project = path.join(folder, 'lab')
  runProgram(old.program, ['lab', '--yes', '--with', 'none'], folder, env)
  writeFileSync(path.join(project, 'guide.md'), 'old\nline\nmine\n')
  const original = path.join(folder, 'original')
  cpSync(project, original, { recursive: true })
  const before = stateOf(project)
  const spied = preload(env, atCall("process.kill(process.pid, 'SIGKILL')"))
  const counter = path.join(folder, 'count')
  const upgrade = (more: Record<string, string>) =>
    new Promise<NodeJS.Signals | null>((resolve) => {
      const child = spawn(process.execPath, [fresh.program, 'upgrade'], {
        cwd: project,
        env: { ...spied, ...more },
        stdio: 'ignore',
      })
      child.on('close', (_, signal) => resolve(signal))
    })
  await upgrade({ CALL_COUNT: counter })
  const calls = Number(readFileSync(counter, 'utf8'))
  const finished = stateOf(project)
  expect(calls).toBeGreaterThan(30)
  expect(finished).not.toEqual(before)
  const reset = () => {
    rmSync(project, { recursive: true })
    cpSync(original, project, { recursive: true })
  }
  const seen = new Set<string>()
  const state = path.join(env.HOME ?? '', '.local/state/nix-jupyter/.changes')
  for (let moment = 0; moment < MOMENTS; moment++) {
    reset()
    const at = 1 + Math.floor((moment * calls) / MOMENTS) + random(Math.ceil(calls / MOMENTS))
    const signal = await upgrade({ CALL_AT: String(at) })
    const what = `SEED=${SEED}, call ${at} of ${calls}`
    const next = runProgram(fresh.program, ['upgrade', '--dry-run'], project, env)
    const isUnfinished = next.stderr.includes('was stopped in the middle')
    seen.add(isUnfinished ? 'unfinished' : signal ? 'killed' : 'finished')
    if (isUnfinished) {
      expect(next.status, what).toBe(3)
      const way = moment % 2 === 0 ? '--abort' : '--continue'
      const ran = runProgram(fresh.program, ['upgrade', way], project, env)
      expect(ran.status, `${what}: ${ran.stderr}`).toBe(0)
      expect(stateOf(project), what).toEqual(way === '--abort' ? before : finished)
    } else {
      // Killed before the first step, or after the last one.
      const isOld = next.stdout.includes('would be upgraded')
      expect(next.status, `${what}: ${next.stderr}`).toBe(0)
      expect(
        stateOf(project).filter((entry) => !/^\.create-nix-jupyter-/.test(entry)),
        what,
      ).toEqual(isOld ? before : finished)
    }
    expect(runProgram(fresh.program, ['upgrade'], project, env).status, what).toBe(0)
    expect(stateOf(project), what).toEqual(finished)
    expect(existsSync(state) ? readdirSync(state) : [], what).toEqual([])
  }
  expect(seen.has('unfinished')).toBe(true)
})

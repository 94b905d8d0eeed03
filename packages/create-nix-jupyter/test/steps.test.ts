import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { noStrace } from '../../../tests/support/abilities.ts'
import { entries, expectWhole, run, start } from '../../../tests/support/program.ts'
import { git, makeScene, preload } from '../../../tests/support/world.ts'

// A run is stopped exactly before one of its steps on the disk: before each in turn, so that no moment is missed.

const CALLS = [
  'mkdirSync',
  'openSync',
  'writeFileSync',
  'writeSync',
  'fsyncSync',
  'renameSync',
  'linkSync',
  'unlinkSync',
  'rmdirSync',
  'rmSync',
]

/** Code that counts the steps, and does `what` before step number STEP. */
const atStep = (what: string) => `
  const fs = require('node:fs')
  let count = 0
  for (const name of ${JSON.stringify(CALLS)}) {
    const real = fs[name]
    fs[name] = (...args) => {
      if (++count === Number(process.env.STEP)) { ${what} }
      return real(...args)
    }
  }
  require('node:module').syncBuiltinESMExports()
  process.on('exit', () => process.env.COUNT_FILE && fs.writeFileSync(process.env.COUNT_FILE, String(count)))
`

type Check = (directory: string, code: number | null, env: Record<string, string>) => Promise<void>

/** Stops one run before each of its steps (every \`stride\`-th of the many writes), in its own directory. */
async function atEveryStep(
  what: string,
  args: string[],
  prepare: (directory: string) => void,
  check: Check,
): Promise<void> {
  const { directory: root, env: plain } = makeScene()
  const env = preload(plain, atStep(what))
  const counted = path.join(root, 'counted')
  prepare(counted)
  const countFile = path.join(root, 'count')
  await run(args, counted, { ...env, COUNT_FILE: countFile })
  const steps = Number(readFileSync(countFile, 'utf8'))
  expect(steps).toBeGreaterThan(100)
  for (let step = 1; step <= steps; step += step < steps - 12 && step > 6 ? 17 : 1) {
    const directory = path.join(root, String(step))
    prepare(directory)
    const { code } = await start(args, directory, { ...env, STEP: String(step) }).ended
    await check(directory, code, plain)
  }
}

const STAGING = /^\.create-nix-jupyter-/
const fresh = (directory: string) => mkdirSync(directory)
const clone = (directory: string) => {
  mkdirSync(directory)
  git(directory, 'init', '-q')
  writeFileSync(path.join(directory, '.git/mine'), 'kept')
}

describe('before every step', () => {
  it('kill -9 of a new project: whole or not there, and the next run works', async () => {
    await atEveryStep('process.kill(process.pid, "SIGKILL")', ['lab', '--yes'], fresh, async (directory, _, env) => {
      const there = existsSync(path.join(directory, 'lab'))
      expect((await run(['lab', '--yes'], directory, env)).code).toBe(there ? 3 : 0)
      await expectWhole(path.join(directory, 'lab'))
      expect(entries(directory)).toEqual(['lab'])
    })
  })

  it('kill -9 in a clone without files: the next run makes it whole, and .git stays', async () => {
    await atEveryStep('process.kill(process.pid, "SIGKILL")', ['.', '--yes'], clone, async (directory, _, env) => {
      const { code } = await run(['.', '--yes'], directory, env)
      expect([0, 3]).toContain(code)
      await expectWhole(directory)
      expect(readFileSync(path.join(directory, '.git/mine'), 'utf8')).toBe('kept')
    })
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('%s: whole with 0, or nothing with %i', async (signal, expected) => {
    await atEveryStep(`process.kill(process.pid, "${signal}")`, ['lab', '--yes'], fresh, async (directory, code) => {
      expect([0, expected]).toContain(code)
      if (code === 0) await expectWhole(path.join(directory, 'lab'))
      expect(entries(directory)).toEqual(code === 0 ? ['lab'] : [])
    })
  })

  // With strace, each call of the system fails in turn, these among them.
  const shown = noStrace ? '' : ' (shown by faults.test.ts)'
  it.runIf(noStrace)(`an error of the disk, new directory: exit 1 and nothing, or whole with 0${shown}`, async () => {
    const fail = 'throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" })'
    await atEveryStep(fail, ['lab', '--yes'], fresh, async (directory, code) => {
      expect([0, 1]).toContain(code)
      if (code === 0) await expectWhole(path.join(directory, 'lab'))
      else expect(entries(directory).filter((name) => !STAGING.test(name))).toEqual([])
    })
  })

  it.runIf(noStrace)(
    `an error of the disk, existing directory: exit 1 and nothing, or whole with 0${shown}`,
    async () => {
      const fail = 'throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" })'
      await atEveryStep(fail, ['.', '--yes'], clone, async (directory, code) => {
        expect([0, 1]).toContain(code)
        // The very last step, tidying up, may fail without harm to the project.
        for (const name of entries(directory))
          if (STAGING.test(name) && code === 0) rmSync(path.join(directory, name), { recursive: true })
        if (code === 0) await expectWhole(directory)
        else expect(entries(directory).filter((name) => !STAGING.test(name))).toEqual(['.git'])
        expect(readFileSync(path.join(directory, '.git/mine'), 'utf8')).toBe('kept')
      })
    },
  )
})

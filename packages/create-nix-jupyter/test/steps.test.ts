import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { noStrace } from '../../../tests/support/abilities.ts'
import { entries, expectWhole, run, start } from '../../../tests/support/program.ts'
import { randomNumbers, SEED } from '../../../tests/support/random.ts'
import { git, makeScene, preload } from '../../../tests/support/world.ts'

// A run is stopped exactly before one of its steps on the disk.

/** At the beginning and at the end of a run, and of what it does of each kind, no step is left out. */
const EDGE = 6
const EDGE_OF_A_KIND = 2
/** Between them it writes, links and removes a hundred files in the same way: one of so many, other ones with each SEED. */
const STRIDE = 29

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

/** Code that counts the steps, and does `what` before step number STEP; the kinds of all go into STEPS_FILE, a line each. */
const atStep = (what: string) => `
  const fs = require('node:fs')
  const write = fs.writeFileSync
  const kinds = []
  for (const name of ${JSON.stringify(CALLS)}) {
    const real = fs[name]
    fs[name] = (...args) => {
      if (kinds.push(name === 'openSync' ? name + ' ' + args[1] : name) === Number(process.env.STEP)) { ${what} }
      return real(...args)
    }
  }
  require('node:module').syncBuiltinESMExports()
  process.on('exit', () => process.env.STEPS_FILE && write(process.env.STEPS_FILE, kinds.join('\\n')))
`

/** The numbers of the steps that are tried: what only reads leaves the disk as it is, and is tried where it begins. */
function stepsOf(kinds: readonly string[]): number[] {
  const reads = (index: number) => kinds[index] === 'openSync r'
  const distinct = kinds.flatMap((kind, index) => (reads(index) && reads(index - 1) ? [] : [{ kind, step: index + 1 }]))
  const offset = randomNumbers(SEED)(STRIDE)
  return distinct.flatMap(({ kind, step }, index) => {
    const alike = distinct.filter((each) => each.kind === kind).map((each) => each.step)
    const isAtAnEdge = (all: readonly number[], edge: number) =>
      all.slice(0, edge).concat(all.slice(-edge)).includes(step)
    const steps = distinct.map((each) => each.step)
    const isTried = isAtAnEdge(steps, EDGE) || isAtAnEdge(alike, EDGE_OF_A_KIND) || index % STRIDE === offset
    return isTried ? [step] : []
  })
}

type Check = (directory: string, code: number | null, env: Record<string, string>) => Promise<void>

/** Stops one run before each of these steps, in its own directory. */
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
  const stepsFile = path.join(root, 'steps')
  await run(args, counted, { ...env, STEPS_FILE: stepsFile })
  const kinds = readFileSync(stepsFile, 'utf8').split('\n')
  expect(kinds.length).toBeGreaterThan(100)
  for (const step of stepsOf(kinds)) {
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

describe(`before the steps (SEED=${SEED})`, () => {
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

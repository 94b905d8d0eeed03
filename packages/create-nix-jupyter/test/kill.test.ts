import { existsSync, mkdirSync, readdirSync, readlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { noProc, notRun } from '../../../tests/support/abilities.ts'
import { entries, expectWhole, run, start } from '../../../tests/support/program.ts'
import { makeScene } from '../../../tests/support/world.ts'

/** Evenly over the time that a run takes; steps.test.ts kills before each step on the disk, these between them and while git works. */
const MOMENTS = 50

const STAGING = /^\.create-nix-jupyter-/

/** Whether a process works in the directory still: the git of a killed run goes on for a moment. */
function isAtWorkIn(directory: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(`${directory}/`)
    } catch {
      return false
    }
  })
}

describe.skipIf(noProc)(`kill -9${notRun(noProc)}`, () => {
  it('at fifty moments: a new directory is whole or not there, and the next run works', async () => {
    const { directory: root, env } = makeScene()
    const began = performance.now()
    await run(['timed', '--yes'], root, env)
    const length = performance.now() - began
    const seen = new Set<boolean>()
    for (let moment = 0; moment < MOMENTS; moment++) {
      const directory = path.join(root, String(moment))
      const project = path.join(directory, 'lab')
      mkdirSync(directory)
      const { child, ended } = start(['lab', '--yes'], directory, env)
      const timer = setTimeout(() => child.kill('SIGKILL'), length * (0.3 + moment / MOMENTS))
      await ended
      clearTimeout(timer)
      await vi.waitUntil(() => !isAtWorkIn(directory), { timeout: 180_000, interval: 10 })
      const there = existsSync(project)
      seen.add(there)
      if (there) await expectWhole(project)
      expect(entries(directory).filter((name) => name !== 'lab' && !STAGING.test(name))).toEqual([])
      expect((await run(['lab', '--yes'], directory, env)).code).toBe(there ? 3 : 0)
      await expectWhole(project)
      expect(entries(directory)).toEqual(['lab'])
    }
    // Most of them came before the end; how many is a matter of how busy the machine is.
    expect(seen).toContain(false)
  })
})

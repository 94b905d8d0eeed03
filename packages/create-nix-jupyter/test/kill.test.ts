import { existsSync, mkdirSync, readdirSync, readlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { noProc, notRun } from '../../../tests/support/abilities.ts'
import { entries, expectWhole, run, start } from '../../../tests/support/program.ts'
import { makeScene } from '../../../tests/support/world.ts'

/** Evenly over the time that a run takes; steps.test.ts kills before each step on the disk, these between them and while git works. */
const MOMENTS = 50

const STAGING = /^\.create-nix-jupyter-/

/** Whether a process works in the folder still: the git of a killed run goes on for a moment. */
function isAtWorkIn(folder: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(`${folder}/`)
    } catch {
      return false
    }
  })
}

describe.skipIf(noProc)(`kill -9${notRun(noProc)}`, () => {
  it('at fifty moments: a new folder is whole or not there, and the next run works', async () => {
    const { folder: root, env } = makeScene()
    const began = performance.now()
    await run(['timed', '--yes'], root, env)
    const length = performance.now() - began
    const seen = new Set<boolean>()
    for (let moment = 0; moment < MOMENTS; moment++) {
      const folder = path.join(root, String(moment))
      const project = path.join(folder, 'lab')
      mkdirSync(folder)
      const { child, ended } = start(['lab', '--yes'], folder, env)
      const timer = setTimeout(() => child.kill('SIGKILL'), length * (0.3 + moment / MOMENTS))
      await ended
      clearTimeout(timer)
      await vi.waitUntil(() => !isAtWorkIn(folder), { timeout: 180_000, interval: 10 })
      const there = existsSync(project)
      seen.add(there)
      if (there) await expectWhole(project)
      expect(entries(folder).filter((name) => name !== 'lab' && !STAGING.test(name))).toEqual([])
      expect((await run(['lab', '--yes'], folder, env)).code).toBe(there ? 3 : 0)
      await expectWhole(project)
      expect(entries(folder)).toEqual(['lab'])
    }
    // Most of them came before the end; how many is a matter of how busy the machine is.
    expect(seen).toContain(false)
  })
})

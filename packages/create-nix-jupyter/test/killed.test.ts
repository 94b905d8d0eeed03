import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { noStrace, notRun } from '../../../tests/support/abilities.ts'
import { run } from '../../../tests/support/program.ts'
import { SCENES, setUp, stateOf } from '../../../tests/support/stopped-runs.ts'
import { inParallel, record, runWithFault } from '../../../tests/support/strace.ts'

// I1: kill -9 at every call that changes something; then the directory is used, and other runs come by. Nothing
// that is there is lost.

/** Not fsync: what was written stays when a process is killed, whether the disk was waited for or not. */
const CHANGES = /^(openat|write|mkdir|rmdir|rename|link|unlink|fchmod)$/

/** Edits every third file, and adds two. */
function use(directory: string): void {
  const files = Object.keys(stateOf(directory)).filter((file) => !file.endsWith('/'))
  for (const [index, file] of files.entries())
    if (index % 3 === 0) writeFileSync(path.join(directory, file), `${file} is edited`)
  writeFileSync(path.join(directory, 'added'), 'added')
  if (readdirSync(directory).includes('nix')) writeFileSync(path.join(directory, 'nix/added'), 'added to nix')
}

describe.skipIf(noStrace)(`kill -9 at every call${notRun(noStrace)}`, () => {
  it.each(SCENES.filter(({ args }) => args[0] === '.'))('I1: $name', async (scene) => {
    const { env, prepare, command, options } = setUp(scene)
    const first = prepare('recorded')
    const { calls } = await record(command, first, env, first)
    const template = Object.keys(stateOf(first)).filter((file) => !file.includes('.backup'))
    const problems: string[] = []
    const changes = calls.filter(({ name, text }) => CHANGES.test(name) && !/O_RDONLY/.test(text))
    expect(changes.length).toBeGreaterThan(20)
    await inParallel(changes, async (call, index) => {
      const directory = prepare(String(index))
      const problem = (what: string) => problems.push(`${what} after kill -9 at ${call.text}`)
      const { signal } = await runWithFault(call, 'signal=KILL', false, command, directory, env)
      if (signal !== 'SIGKILL') problem(`ended with ${signal}`)
      use(directory)
      const used = stateOf(directory)
      // What it meets here it meets before git, which is a third of its work.
      const beside = await run(['other', '--no-git', ...options], directory, env)
      if (beside.code !== 0) problem(`beside it ${beside.code} ${beside.stderr}`)
      const { code, stderr } = await run([...scene.args, '--on-conflict', 'keep', ...options], directory, env)
      if (code !== 0 && code !== 3) problem(`then ${code} ${stderr}`)
      const state = stateOf(directory)
      // What was not edited may have its new name now, which it was to get.
      const isKept = (file: string) =>
        state[file] === used[file] || (scene.mine[file] === used[file] && state[`${file}.backup`] === used[file])
      const lost = Object.keys(used).filter((file) => !isKept(file))
      if (lost.length > 0) problem(`lost ${lost}`)
      const missing = template.filter((file) => state[file] === undefined)
      if (missing.length > 0) problem(`missing ${missing}`)
      rmSync(path.dirname(directory), { recursive: true })
    })
    expect(problems).toEqual([])
  })
})

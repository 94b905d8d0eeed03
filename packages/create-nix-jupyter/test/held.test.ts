import { describe, expect, it } from 'vitest'
import { noStrace, notRun } from '../../../tests/support/abilities.ts'
import { SCENES, setUp, stateOf } from '../../../tests/support/stopped-runs.ts'
import { record, runWithFault } from '../../../tests/support/strace.ts'

// D5: on Windows, and on its drives in WSL2, an antivirus holds new files for a moment, and the rename
// of their directory fails.

const scenes = SCENES.filter(({ name }) => ['a new directory with git', 'an existing directory'].includes(name))

describe.skipIf(noStrace)(`a directory that another program holds${notRun(noStrace)}`, () => {
  it.each(scenes)('D5: $name: is waited for, and not for ever', async (scene) => {
    const { env, prepare, command } = setUp(scene)
    const first = prepare('recorded')
    const before = stateOf(first)
    const { calls } = await record(command, first, env, first)
    const [rename] = calls.filter(({ name }) => name === 'rename')
    if (!rename) throw new Error('nothing was renamed')
    for (const error of ['EPERM', 'EACCES', 'EBUSY']) {
      const directory = prepare(error)
      expect(await runWithFault(rename, `error=${error}`, 3, command, directory, env)).toMatchObject({ code: 0 })
      expect(stateOf(directory)).toEqual(stateOf(first))
    }
    const directory = prepare('lasting')
    const { code, stderr } = await runWithFault(rename, 'error=EPERM', true, command, directory, env)
    expect(code).toBe(1)
    expect(stderr).toContain('could not be created: another program holds its files (EPERM).')
    expect(stateOf(directory)).toEqual(before)
  })
})

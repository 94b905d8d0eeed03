import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newestNix, readEnvironment } from '../../support/environment.ts'
import { nextIn } from '../../support/failed-start.ts'
import { Project } from '../../support/project.ts'
import { run } from '../../support/run.ts'

// Who types ./start has any shell. fish, tcsh and Nushell do not know `export NAME=VALUE`.
const SHELLS = ['sh', 'bash', 'zsh', 'fish', 'tcsh', 'nu'].filter((name) => !spawnSync(name, ['-c', 'exit 0']).error)

describe('minimal: a variable that is needed first', () => {
  let project: Project
  beforeAll(async () => {
    project = await Project.create({ nix: newestNix(readEnvironment()) })
  })
  afterAll(() => project?.remove())

  test.each(SHELLS)('is named once, with a command that %s takes', async (shell) => {
    // Nobody makes a directory there, not even root.
    const refused = await run(
      shell,
      ['-c', './start --no-open'],
      project.here({ env: { XDG_STATE_HOME: '/proc/none' } }),
    )
    expect(refused.code).toBe(1)
    expect(refused.stderr.match(/ {2}Next: /g)).toHaveLength(1)
    // Nushell makes a whole path of it.
    expect(nextIn(refused)).toMatch(/^env XDG_STATE_HOME=\/some\/directory (\.|\/.*)\/start$/)
    const typed = nextIn(refused).replace('/some/directory', join(project.state, shell))
    const started = await run(shell, ['-c', `${typed} --no-open`], project.here())
    expect(started.code, started.stderr).toBe(0)
    const stopped = await run(shell, ['-c', typed.replace('start', 'stop')], project.here())
    expect(stopped.stdout, stopped.stderr).toContain('is stopped')
  })
})

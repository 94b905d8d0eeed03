import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readEnvironment } from '../../support/environment.ts'
import { expectFewLines, nextIn, projectToBreak } from '../../support/failed-start.ts'
import type { Project } from '../../support/project.ts'
import { begin, run, until } from '../../support/run.ts'

// Most computers have Nix with a daemon, which builds. What it says reaches the user by another way than what Nix itself says.
describe.each(readEnvironment().nix)('minimal: with a daemon that builds, of Nix $version', (nix) => {
  let project: Project
  let text: string
  let daemon: ReturnType<typeof begin>
  const env = { NIX_REMOTE: 'daemon', NIX_DAEMON_SOCKET_PATH: '' }
  projectToBreak(nix, (...given) => {
    ;[project, text] = given
  })
  beforeAll(async () => {
    const socket = join(project.directory, '../daemon')
    env.NIX_DAEMON_SOCKET_PATH = socket
    daemon = begin(join(nix.bin, 'nix-daemon'), [], project.here({ env: { ...env, NIX_REMOTE: '' } }))
    await until('the daemon has its socket', async () => existsSync(socket) || undefined)
  })
  afterAll(async () => {
    daemon?.child.kill()
    await daemon?.ended
  })

  test('what cannot be built is named, and not what needs it, which has no log', async () => {
    const broken = '(pkgs.runCommandLocal "no-luck" { } "echo so it is; exit 3")'
    writeFileSync(join(project.directory, 'flake.nix'), text.replace('[ pkgs.git ];', `[ ${broken} ];`))
    const started = await run('./start', ['--no-open'], project.here({ env }))
    expectFewLines(started, project)
    expect(started.stderr).toContain('Nix could not build no-luck.')
    const log = await run('sh', ['-c', nextIn(started)], project.here({ env }))
    expect(log.stdout, log.stderr).toBe('so it is\n')
  })
})

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Project } from '../../support/project.ts'
import { run } from '../../support/run.ts'

describe('minimal: finding Nix', () => {
  let project: Project
  beforeAll(async () => {
    project = await Project.shared()
  })
  afterAll(() => project?.remove())

  test('Nix is found where its installer puts it, and is not on PATH (D2)', async () => {
    const home = String(project.env.HOME)
    const bare = join(home, 'bin')
    mkdirSync(bare)
    for (const name of [
      'sh',
      'dirname',
      'env',
      'pwd',
      'find',
      'mkdir',
      'cp',
      'diff',
      'rm',
      'mv',
      'cat',
      'grep',
      'awk',
      'uname',
    ])
      symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), join(bare, name))
    mkdirSync(join(home, '.nix-profile', 'bin'), { recursive: true })
    const nix = join(home, '.nix-profile', 'bin', 'nix')
    writeFileSync(nix, '#!/bin/sh\necho found: "$@" >&2\nexit 1\n')
    chmodSync(nix, 0o755)
    const found = await run(join(project.directory, 'start'), [], project.here({ env: { PATH: bare } }))
    expect([found.code, found.stdout]).toEqual([1, ''])
    expect(found.stderr).toMatch(/^found: .*develop \. --command /)
    // A directory for temporary files that went away would end Nix.
    const gone = join(home, 'gone')
    writeFileSync(nix, '#!/bin/sh\nenv | grep ^TMPDIR= >&2\nexit 1\n')
    const without = await run(join(project.directory, 'start'), [], project.here({ env: { PATH: bare, TMPDIR: gone } }))
    expect(without.stderr).toMatch(
      new RegExp(`^TMPDIR is ${gone}, and nothing can be written there: /tmp is used instead.\n(?!TMPDIR)`),
    )
    rmSync(nix)
    const missing = await run(join(project.directory, 'start'), [], project.here({ env: { PATH: bare } }))
    expect(missing.code).toBe(1)
    expect(missing.stderr).toContain('curl -L https://nixos.org/nix/install | sh -s -- --daemon')
  })

  test.each([
    ['KILL', 'Nix was killed, which happens where memory runs out.\n  Next: close other programs, then: ./start\n'],
    ['ABRT', 'Nix ended with exit code 134 and gave no reason.\n  Next: ./start\n'],
  ])('Nix that ends by a signal %s has said nothing, so ./start and doctor do', async (signal, message) => {
    const bin = join(project.directory, '..', `ended-by-${signal}`)
    mkdirSync(bin)
    writeFileSync(join(bin, 'nix'), `#!/bin/sh\nkill -${signal} $$\n`, { mode: 0o755 })
    const PATH = `${bin}:${project.env.PATH}`
    const ended = await run('./start', [], project.here({ env: { PATH } }))
    expect([ended.code, ended.stdout]).toEqual([1, ''])
    expect(ended.stderr).toContain(message)
    // doctor asks Nix twice: first for the name of the system.
    for (const call of [1, 2]) {
      const calls = join(bin, `calls-${call}`)
      const count = `echo >>${calls}; [ $(wc -l <${calls}) -lt ${call} ] || kill -${signal} $$`
      writeFileSync(join(bin, 'nix'), `#!/bin/sh\n${count}\nPATH='${project.env.PATH}' exec nix "$@"\n`, {
        mode: 0o755,
      })
      const { code, stdout } = await run('./lab', ['doctor'], project.here({ env: { PATH } }))
      expect(code, stdout).toBe(1)
      expect(stdout).toContain(`PROBLEM  ${message.replace('\n  Next', '\n         Next')}`)
    }
    rmSync(bin, { recursive: true })
  })
})

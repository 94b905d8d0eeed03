import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { noLayer, noQuota, notRun } from '../../support/abilities.ts'
import { newestNix, readEnvironment } from '../../support/environment.ts'
import { expectFewLines, nextIn, projectToBreak } from '../../support/failed-start.ts'
import { mountUsedUpQuota } from '../../support/mounts.ts'
import type { Project } from '../../support/project.ts'
import { must, run } from '../../support/run.ts'

const environment = readEnvironment()

// What is wrong with Nix itself, or with the computer: nothing in the project is.
describe.each(environment.nix)('minimal: ./start says why Nix does not work here, with Nix $version', (nix) => {
  let project: Project
  let text: string
  projectToBreak(nix, (...given) => {
    ;[project, text] = given
  })
  const path = (name: string) => join(project.directory, name)

  test('a path that an old Nix cannot read, and a new one can', async () => {
    const odd = join(project.directory, '../Äpfel und Birnen')
    await must('cp', ['-r', project.directory, odd])
    const result = await run('./lab', ['lock', '--no-such'], project.here({ cwd: odd }))
    if (nix.version === newestNix(environment).version) {
      expect(result.stderr).toContain('Unknown option "--no-such" of lab lock.')
    } else {
      expect(result.stderr).toMatch(
        /^This version of Nix opens no project in .*Birnen: a directory on that path has a space/,
      )
      expect(nextIn(result)).toMatch(/^mv '.*Birnen' \S+pfel-und-Birnen && cd \S+$/)
      const typed = `${nextIn(result)} && ./lab lock --no-such`
      const { stderr } = await run('sh', ['-c', typed], project.here({ cwd: '/' }))
      expect(stderr).toContain('Unknown option "--no-such" of lab lock.')
    }
    rmSync(odd, { recursive: true, force: true })
  })

  test.skipIf(noLayer)(`B12: a disk on which Nix has no room${notRun(noLayer)}`, async () => {
    writeFileSync(path('flake.nix'), `${text}# another\n`)
    const room = join(project.directory, '..', 'room')
    const script = [
      'set -eu',
      `mkdir ${room} && mount -t tmpfs -o size=200k none ${room} && mkdir ${room}/new ${room}/work`,
      `mount -t overlay -o lowerdir=/nix/store,upperdir=${room}/new,workdir=${room}/work none /nix/store`,
      'cat /dev/zero >/nix/store/ballast 2>/dev/null || true',
      'exec ./start --no-open',
    ]
    const result = await run('unshare', ['--mount', 'sh', '-c', script.join('\n')], project.here())
    rmSync(room, { recursive: true })
    expectFewLines(result, project)
    expect(result.stderr).toMatch(/The disk is full: .*No space left on device/)
    expect(result.stderr).toContain('Next: nix-collect-garbage')
  })

  const notOnIt = noLayer || (nix.version === newestNix(environment).version ? '' : 'an old Nix writes nothing there')
  test.skipIf(notOnIt)(`a full disk that is not the one of Nix's store is named${notRun(notOnIt)}`, async () => {
    const room = join(project.directory, '..', 'room')
    const on = (variable: string) => {
      writeFileSync(path('flake.nix'), `${text}# on ${variable}\n`)
      const script = [
        'set -eu',
        `mkdir ${room} && mount -t tmpfs -o size=200k none ${room}`,
        `cat /dev/zero >${room}/ballast 2>/dev/null || true`,
        `${variable}=${room} exec ./start --no-open`,
      ]
      return run('unshare', ['--mount', 'sh', '-c', script.join('\n')], project.here())
    }
    const temporary = await on('TMPDIR')
    rmSync(room, { recursive: true })
    const cache = await on('XDG_CACHE_HOME')
    rmSync(room, { recursive: true })
    expectFewLines(temporary, project)
    expect(temporary.stderr).toContain(`The disk that holds TMPDIR is full: ${room}.`)
    expect(nextIn(temporary)).toBe('env TMPDIR=/tmp ./start')
    expectFewLines(cache, project)
    expect(nextIn(cache)).toMatch(new RegExp(`^df -h ${room}(/nix)?$`))
  })

  const noPart = noQuota || notOnIt
  test.skipIf(noPart)(`a disk with room that is not for this user is named${notRun(noPart)}`, async () => {
    const room = join(project.directory, '..', 'quota')
    const unmount = mountUsedUpQuota(room)
    writeFileSync(path('flake.nix'), `${text}# on a quota\n`)
    const started = await run('./start', ['--no-open'], project.here({ env: { XDG_CACHE_HOME: room } }))
    unmount()
    expectFewLines(started, project)
    expect(started.stderr).toMatch(/The disk that holds \/.*\/quota\S* is full, or your quota on it is used up\./)
    expect(nextIn(started)).toMatch(new RegExp(`^df -h ${room}(/nix)?$`))
  })

  /** As any user is to what belongs to others: root without its power over their files. */
  const powerless = 'setpriv --bounding-set=-dac_override,-dac_read_search'

  describe('the Nix daemon', () => {
    const startIt = /sudo (systemctl start|launchctl kickstart|sh -c) .*nix-daemon/

    test('has no socket', async () => {
      const env = { NIX_REMOTE: 'daemon', NIX_DAEMON_SOCKET_PATH: '/nowhere/socket' }
      const result = await run('./start', ['--no-open'], project.here({ env }))
      expectFewLines(result, project)
      expect(result.stderr).toMatch(/The Nix daemon does not answer: cannot connect to socket at '\/nowhere\/socket'/)
      expect(nextIn(result)).toMatch(startIt)
    })

    const script = (...lines: string[]) =>
      run('unshare', ['--mount', 'sh', '-c', ['set -eu', ...lines].join('\n')], project.here())

    test.skipIf(noLayer)(`is closed to this user${notRun(noLayer)}`, async () => {
      const closed = join(project.directory, '..', 'closed')
      const result = await script(
        `mkdir -m 700 ${closed} && chown 65534 ${closed}`,
        `NIX_REMOTE=daemon NIX_DAEMON_SOCKET_PATH=${closed}/socket exec ${powerless} ./start --no-open`,
      )
      expectFewLines(result, project)
      expect(result.stderr).toContain(`You may not use the Nix daemon: ${closed}/socket is closed to you.`)
      expect(nextIn(result)).toMatch(/^sudo usermod -aG nix-users "\$USER"/)
    })

    test.skipIf(noLayer)(`is not there, and the store belongs to another user${notRun(noLayer)}`, async () => {
      const lock = join(project.directory, '..', 'lock')
      const result = await script(
        `touch ${lock} && chmod 0 ${lock} && chown 65534 ${lock} && mount --bind ${lock} /nix/var/nix/db/big-lock`,
        `exec ${powerless} ./start --no-open`,
      )
      expectFewLines(result, project)
      expect(result.stderr).toMatch(/The Nix daemon does not answer: opening lock file .*big-lock.: Permission denied/)
      expect(nextIn(result)).toMatch(startIt)
    })
  })

  test.skipIf(notOnIt)(`a cache of Nix that cannot be written to is named${notRun(notOnIt)}`, async () => {
    const room = join(project.directory, '..', 'cache')
    const startIn = async (...lines: string[]) => {
      const script = [
        'set -eu',
        `mkdir -p ${room} && mount -t tmpfs none ${room} && cp -R ~/.cache/nix ${room}`,
        ...lines,
      ]
      const result = await run(
        'unshare',
        ['--mount', 'sh', '-c', script.join('\n')],
        project.here({ env: { XDG_CACHE_HOME: '' } }),
      )
      expectFewLines(result, project)
      expect(result.stderr).toContain(`Nix cannot write to its cache, ${room}/`)
      return result
    }
    writeFileSync(path('flake.nix'), `${text}# not read yet\n`)
    const foreign = await startIn(
      `chown -R 65534 ${room}`,
      `XDG_CACHE_HOME=${room} exec ${powerless} ./start --no-open`,
    )
    expect(nextIn(foreign)).toBe(`sudo chown -R "$USER" ${room}/nix && ./start`)
    for (const cache of [room, `${room}/new`]) {
      const closed = await startIn(`mount -o remount,ro ${room}`, `XDG_CACHE_HOME=${cache} exec ./start --no-open`)
      expect(nextIn(closed)).toBe('env XDG_CACHE_HOME=/some/directory ./start')
    }
    rmSync(room, { recursive: true })
  })
})

import { spawnSync } from 'node:child_process'
import { chownSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { noOtherUser, notRun } from '../../../../tests/support/abilities.ts'
import { run } from '../../../../tests/support/program.ts'
import { makeSmallDisk, preload } from '../../../../tests/support/world.ts'
import { binOf, examine, expectFixed, findingOf, makeMachine, NEWEST } from './machine.ts'

describe('faults whose command is typed, and then they are gone', () => {
  describe.each(['sh', 'fish', 'tcsh'])('in %s', (name) => {
    const shell = spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim()
    const makeUsersMachine = (...without: string[]): ReturnType<typeof makeMachine> => {
      const scene = makeMachine(...without)
      return { ...scene, env: { ...scene.env, SHELL: shell } }
    }

    it('Nix is not on PATH', async () => {
      const scene = makeUsersMachine('nix')
      const profile = path.join(scene.env.HOME ?? '', '.nix-profile')
      mkdirSync(path.join(profile, 'etc/profile.d'), { recursive: true })
      symlinkSync(NEWEST, path.join(profile, 'bin'))
      writeFileSync(path.join(profile, 'etc/profile.d/nix.sh'), 'PATH=$HOME/.nix-profile/bin:$PATH\n')
      writeFileSync(path.join(profile, 'etc/profile.d/nix.fish'), 'set PATH $HOME/.nix-profile/bin $PATH\n')
      const { fix } = findingOf(name === 'tcsh' ? 'nix-off-path-bare' : 'nix-off-path', await examine(scene))
      expectFixed(name === 'tcsh' ? 'nix-off-path-bare' : 'nix-off-path', scene, fix, { shell })
    })

    it('Nix is not on PATH, and no script puts it there', async () => {
      const scene = makeUsersMachine('nix')
      const profile = path.join(scene.env.HOME ?? '', '.nix-profile')
      mkdirSync(path.join(profile, 'etc/profile.d'), { recursive: true })
      symlinkSync(NEWEST, path.join(profile, 'bin'))
      if (name === 'fish')
        writeFileSync(path.join(profile, 'etc/profile.d/nix.sh'), 'case $HOME in *) exit 1 ;; esac\n')
      const { fix } = findingOf('nix-off-path-bare', await examine(scene))
      expectFixed('nix-off-path-bare', scene, fix, { shell })
    })

    it('there is no place for temporary files', async () => {
      const scene = makeUsersMachine()
      const broken = { ...scene, env: { ...scene.env, TMPDIR: '/nowhere' } }
      const { fix } = findingOf('tmp-missing', await examine(broken))
      expectFixed('tmp-missing', broken, fix, { shell })
    })
  })

  it('flakes are off', async () => {
    const scene = makeMachine()
    const { fix, ok } = findingOf('flakes-off', await examine(scene))
    // ./start turns them on by itself.
    expect(ok).toBe(true)
    expectFixed('flakes-off', scene, fix)
  })

  it('git does not know who commits', async () => {
    const scene = makeMachine()
    const { GIT_AUTHOR_NAME: _, GIT_AUTHOR_EMAIL: __, ...env } = scene.env
    const nameless = { ...scene, env }
    const { fix } = findingOf('git-identity', await examine(nameless))
    expectFixed('git-identity', nameless, fix)
  })

  it('the daemon does not run, and nothing starts it', async () => {
    const scene = makeMachine()
    const socket = path.join(path.dirname(scene.directory), 'socket')
    const broken = { ...scene, env: { ...scene.env, NIX_REMOTE: 'daemon', NIX_DAEMON_SOCKET_PATH: socket } }
    const { fix } = findingOf('daemon-off-no-systemd', await examine(broken))
    onTestFinished(() => killWith(`NIX_DAEMON_SOCKET_PATH=${socket}`))
    const wait = `; until test -S '${socket}'; do :; done`
    expectFixed('daemon-off-no-systemd', broken, fix.replace('sudo', 'env -u NIX_REMOTE') + wait)
  })
})

/** Kills what has a variable in its environment: by its command line, a Nix that has its own loader cannot be told. */
function killWith(variable: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(variable)) process.kill(Number(pid))
    } catch {
      // It has ended, or is somebody else's.
    }
  }
}

describe('faults whose command a test cannot type', () => {
  it('Nix is not there', async () => {
    findingOf('nix-missing', await examine(makeMachine('nix')))
  })

  it('Nix is too old', async () => {
    const scene = makeMachine('nix')
    symlinkSync('/usr/bin/nix', path.join(binOf(scene), 'nix'))
    findingOf('nix-too-old', await examine(scene))
  })

  it('Nix does not work', async () => {
    const scene = makeMachine('nix')
    writeFileSync(path.join(binOf(scene), 'nix'), '#!/bin/sh\necho "libgc.so.1: cannot open" >&2\nexit 127\n', {
      mode: 0o755,
    })
    expect(findingOf('nix-broken', await examine(scene)).message).toContain('libgc.so.1: cannot open')
  })

  it('git is not there', async () => {
    findingOf('git-missing', await examine(makeMachine('git')))
  })

  it('there is no home directory', async () => {
    const scene = makeMachine()
    const broken = { ...scene, env: { ...scene.env, HOME: '/nowhere' } }
    const { fix } = findingOf('home-missing', await examine(broken))
    expectFixed('home-missing', broken, fix.replace('/path/to/your/home', scene.directory))
  })

  it('Nix cannot read the project', async () => {
    const scene = makeMachine()
    await run(['lab', '-t', 'minimal', '--yes'], scene.directory, scene.env)
    const inside = { ...scene, directory: path.join(scene.directory, 'lab') }
    writeFileSync(path.join(inside.directory, 'flake.nix'), '{ description = ; }\n')
    expect(findingOf('project-unreadable', await examine(inside)).message).toContain('flake.nix')
  })

  it('there are no packages for this system', async () => {
    const scene = makeMachine()
    const on = (key: string, value: string) => {
      const code = `Object.defineProperty(process, '${key}', { value: '${value}' })`
      return examine({ ...scene, env: preload(scene.env, code) })
    }
    findingOf('system-unsupported', await on('platform', 'win32'))
    // WSL is for Windows.
    const elsewhere = (await on('arch', 'ia32')).find(({ name }) => name === 'system-unsupported')
    expect(elsewhere).toMatchObject({ message: expect.stringContaining('linux on ia32'), fix: null })
  })

  it('macOS: the daemon does not run', async () => {
    const scene = makeMachine()
    const env = { ...scene.env, NIX_REMOTE: 'daemon', NIX_DAEMON_SOCKET_PATH: '/nowhere/socket' }
    const code = "Object.defineProperty(process, 'platform', { value: 'darwin' })"
    findingOf('daemon-off-mac', await examine({ ...scene, env: preload(env, code) }))
  })

  it.skipIf(noOtherUser)(`the daemon is closed to this user${notRun(noOtherUser)}`, async () => {
    const scene = makeMachine()
    const closed = path.join(path.dirname(scene.directory), 'closed')
    mkdirSync(closed, { mode: 0o700 })
    chownSync(closed, 65534, 65534)
    const env = { ...scene.env, NIX_REMOTE: 'daemon', NIX_DAEMON_SOCKET_PATH: path.join(closed, 'socket') }
    // Root without its power over other users' files: as any user is to the daemon's directory.
    const powerless = ['setpriv', '--bounding-set=-dac_override,-dac_read_search']
    findingOf('daemon-denied', await examine({ ...scene, env }, powerless))
  })

  it.skipIf(noOtherUser)(`the disk of the project is full${notRun(noOtherUser)}`, async () => {
    const scene = makeMachine()
    makeSmallDisk(path.join(scene.directory, 'small'), '64m')
    findingOf('disk-project', await examine({ ...scene, directory: path.join(scene.directory, 'small') }))
  })
})

import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { noOtherUser, notRun } from '../../../../tests/support/abilities.ts'
import { examine, expectFixed, findingOf, makeMachine } from './machine.ts'

// What another system has in /proc and /sys, in a mount namespace of the program's own.
describe.skipIf(noOtherUser)(`faults of other systems${notRun(noOtherUser)}`, () => {
  const inWorld = (script: string) => ['unshare', '--mount', 'sh', '-c', `${script}\nexec "$0" "$@"`]
  const kernel = (directory: string, version: string) => {
    const file = path.join(path.dirname(directory), 'version')
    writeFileSync(file, version)
    return `mount --bind ${file} /proc/version`
  }
  const WSL2 = 'Linux version 5.15.153.1-microsoft-standard-WSL2 (root@x)\n'

  it('WSL 1', async () => {
    const scene = makeMachine()
    const world = inWorld(kernel(scene.directory, 'Linux version 4.4.0-19041-Microsoft (Microsoft@Microsoft.com)\n'))
    const env = { ...scene.env, WSL_DISTRO_NAME: 'Debian' }
    expect(findingOf('wsl-1', await examine({ ...scene, env }, world)).fix).toBe('wsl --set-version Debian 2')
  })

  it('a drive of Windows', async () => {
    const scene = makeMachine()
    const world = inWorld(
      `${kernel(scene.directory, WSL2)}\nmount -t tmpfs tmpfs /mnt && mkdir -p /mnt/c/lab && cd /mnt/c/lab`,
    )
    expectFixed('wsl-drive', scene, findingOf('wsl-drive', await examine(scene, world)).fix, { before: world })
  })

  it('WSL2 that starts no services', async () => {
    const scene = makeMachine()
    const env = { ...scene.env, NIX_REMOTE: 'daemon', NIX_DAEMON_SOCKET_PATH: '/nowhere/socket' }
    findingOf('daemon-off-wsl', await examine({ ...scene, env }, inWorld(kernel(scene.directory, WSL2))))
  })

  it('a system with systemd whose daemon is off', async () => {
    const scene = makeMachine()
    const env = { ...scene.env, NIX_REMOTE: 'daemon', NIX_DAEMON_SOCKET_PATH: '/nowhere/socket' }
    const world = inWorld('mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system')
    findingOf('daemon-off', await examine({ ...scene, env }, world))
  })

  it('SELinux and no Nix', async () => {
    const world = inWorld('mount -t tmpfs tmpfs /sys/fs && mkdir /sys/fs/selinux && echo 1 > /sys/fs/selinux/enforce')
    findingOf('nix-missing-selinux', await examine(makeMachine('nix'), world))
  })

  it('little room for the store', async () => {
    const world = inWorld('mount -t tmpfs -o size=64m tmpfs /nix/store')
    findingOf('disk-store', await examine(makeMachine('nix'), world))
  })

  it('a driver that is too old, and one that is not loaded', async () => {
    const version = 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12\n'
    const place = 'mount -t tmpfs tmpfs /proc/driver && mkdir /proc/driver/nvidia'
    const old = inWorld(`${place} && printf '%s' '${version}' > /proc/driver/nvidia/version`)
    expect(findingOf('driver-old', await examine(makeMachine(), old)).message).toContain('535.183.01')
    findingOf('driver-broken', await examine(makeMachine(), inWorld(place)))
  })
})

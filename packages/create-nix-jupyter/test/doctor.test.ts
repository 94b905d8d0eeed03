import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import catalogue from '../../../templates/shared/nix/lab/checks/doctor.json' with { type: 'json' }
import { noOtherUser, notRun } from '../../../tests/support/abilities.ts'
import { cache } from '../../../tests/support/cache.mjs'
import { entry, run } from '../../../tests/support/program.ts'
import { git, makeScene, makeSmallDisk, preload } from '../../../tests/support/world.ts'
import type { Line } from '../src/doctor/finding.ts'

type Scene = ReturnType<typeof makeScene>
interface Finding {
  readonly name: string
  readonly ok: boolean
  readonly message: string
  readonly fix: string | null
}

/** The newest Nix that the tests have: Debian's is the old one. */
const NEWEST: string = JSON.parse(readFileSync(path.join(cache, 'environment.json'), 'utf8'))
  .nix.map((nix: { bin: string }) => nix.bin)
  .at(-1)

const sources = ['doctor', 'commands']
  .map((room) => path.join(import.meta.dirname, '../src', room))
  .flatMap((room) => readdirSync(room).map((file) => readFileSync(path.join(room, file), 'utf8')))
  .join('\n')

/** A machine on which all is well: programs by their names, and no others. */
function makeMachine(...without: string[]): Scene {
  const scene = makeScene()
  const bin = path.join(path.dirname(scene.folder), 'bin')
  mkdirSync(bin)
  const programs = [
    'git',
    'sh',
    'env',
    'cat',
    'mkdir',
    'chmod',
    'id',
    'df',
    'uname',
    'grep',
    'sed',
    'dirname',
    'mount',
    'awk',
    'unshare',
    'setpriv',
  ]
  for (const name of programs)
    symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), path.join(bin, name))
  symlinkSync(process.execPath, path.join(bin, 'node'))
  // What npx would fetch is the program that is tested.
  const npx = `#!/bin/sh\nshift\nexec '${process.execPath}' '${entry()}' "$@"\n`
  writeFileSync(path.join(bin, 'npx'), npx, { mode: 0o755 })
  for (const name of ['nix', 'nix-daemon']) symlinkSync(path.join(NEWEST, name), path.join(bin, name))
  for (const name of without) rmSync(path.join(bin, name))
  const config = path.join(path.dirname(scene.folder), 'nix-conf')
  mkdirSync(config)
  writeFileSync(path.join(config, 'nix.conf'), '')
  return { ...scene, env: { ...scene.env, PATH: bin, NIX_CONF_DIR: config, GIT_CONFIG_NOSYSTEM: '1' } }
}

const binOf = ({ env }: Scene) => env.PATH ?? ''

async function examine({ folder, env }: Scene, before: readonly string[] = []): Promise<Finding[]> {
  const ran = await run(['doctor', '--json'], folder, env, before)
  const { ok, findings } = JSON.parse(ran.stdout)
  expect(ran).toMatchObject({ code: ok ? 0 : 1, stderr: '' })
  expect(ok).toBe(findings.every((finding: Finding) => finding.ok))
  for (const finding of findings) expect(Object.keys(LINES)).toContain(finding.name)
  return findings
}

/** What the catalogue, which projects have as well, says of a line. */
const LINES: Readonly<Record<Line, { good?: string; problem?: string; fix?: string }>> = catalogue

const patternOf = (text: string) =>
  new RegExp(`^${text.replace(/[.*+?()[\]|$\\^]/g, '\\$&').replace(/\{[a-z]+\}/g, '.*')}$`, 's')

/** The finding of a fault, which has to be there, with a command in which no slot is left open. */
function findingOf(name: Line, findings: readonly Finding[]): Finding & { fix: string } {
  const found = findings.find((finding) => finding.name === name)
  expect(found, `${name} in ${JSON.stringify(findings, null, 1)}`).toBeDefined()
  const { good, problem = good, fix } = LINES[name]
  expect(found?.message).toMatch(patternOf(problem ?? ''))
  expect(found?.fix).toMatch(patternOf(fix ?? ''))
  expect(`${found?.message} ${found?.fix}`).not.toMatch(/\{[a-z]+\}|undefined/)
  tried.add(name)
  return { ...(found as Finding), fix: found?.fix ?? '' }
}

const tried = new Set<string>()
const fixed = new Set<string>()

/** Types the command that was named, and looks again in the same shell: the fault has to be gone. */
function expectFixed(name: Line, { folder, env }: Scene, fix: string, before: readonly string[] = []): void {
  const look = `\nprintf '\\n{{{'; "$0" "$1" doctor --json`
  const [file = '', ...args] = [...before, '/bin/sh', '-c', fix + look, process.execPath, entry()]
  const ran = spawnSync(file, args, { cwd: folder, env, encoding: 'utf8' })
  const { findings } = JSON.parse(ran.stdout.split('\n{{{')[1] ?? '')
  const left = findings.filter((finding: Finding) => finding.name === name)
  expect(left, ran.stderr).toEqual([])
  fixed.add(name)
}

describe('a machine on which all is well', () => {
  it('has no problems, and says so', async () => {
    const scene = makeMachine()
    const ran = await run(['doctor'], scene.folder, scene.env)
    expect(ran).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('No problem was found.') })
    expect(ran.stdout).toContain('nix (Nix) 2.')
  })
})

describe('faults whose command is typed, and then they are gone', () => {
  it('Nix is not on PATH', async () => {
    const scene = makeMachine('nix')
    const profile = path.join(scene.env.HOME ?? '', '.nix-profile')
    mkdirSync(path.join(profile, 'etc/profile.d'), { recursive: true })
    symlinkSync(NEWEST, path.join(profile, 'bin'))
    writeFileSync(path.join(profile, 'etc/profile.d/nix.sh'), 'export PATH="$HOME/.nix-profile/bin:$PATH"\n')
    const { fix } = findingOf('nix-off-path', await examine(scene))
    expectFixed('nix-off-path', scene, fix)
  })

  it('Nix is not on PATH, and no script puts it there', async () => {
    const scene = makeMachine('nix')
    const profile = path.join(scene.env.HOME ?? '', '.nix-profile')
    mkdirSync(profile)
    symlinkSync(NEWEST, path.join(profile, 'bin'))
    const { fix } = findingOf('nix-off-path-bare', await examine(scene))
    expectFixed('nix-off-path-bare', scene, fix)
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

  it('there is no place for temporary files', async () => {
    const scene = makeMachine()
    const broken = { ...scene, env: { ...scene.env, TMPDIR: '/nowhere' } }
    const { fix } = findingOf('tmp-missing', await examine(broken))
    expectFixed('tmp-missing', broken, fix)
  })

  it('the daemon does not run, and nothing starts it', async () => {
    const scene = makeMachine()
    const socket = path.join(path.dirname(scene.folder), 'socket')
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

describe('faults of a project whose command is typed, and then they are gone', () => {
  async function makeProject() {
    const scene = makeMachine()
    const { GIT_CONFIG_NOSYSTEM: _, ...env } = scene.env
    expect(await run(['lab', '-t', 'minimal', '--yes'], scene.folder, scene.env)).toMatchObject({ code: 0 })
    // Without Nix, so that only what this program itself sees is looked at.
    rmSync(path.join(binOf(scene), 'nix'))
    return { env, folder: path.join(scene.folder, 'lab') }
  }

  it('git does not track what Nix needs, and a folder below is looked at as well', async () => {
    const scene = await makeProject()
    writeFileSync(path.join(scene.folder, 'more things.nix'), '{ }\n')
    const below = { ...scene, folder: path.join(scene.folder, 'notebooks') }
    writeFileSync(path.join(scene.folder, 'uv.lock'), 'version = 1\n')
    const found = await examine(below)
    for (const name of ['git-untracked', 'lock-untracked'] as const)
      expectFixed(name, below, findingOf(name, found).fix)
  })

  it.skipIf(noOtherUser)(`git does not work in a folder of another user${notRun(noOtherUser)}`, async () => {
    const scene = await makeProject()
    chownSync(scene.folder, 65534, 65534)
    chownSync(path.join(scene.folder, '.git'), 65534, 65534)
    const { fix } = findingOf('git-owner', await examine(scene))
    expectFixed('git-owner', scene, fix)
  })

  it('a script lost its executable bit', async () => {
    const scene = await makeProject()
    chmodSync(path.join(scene.folder, 'start'), 0o644)
    const { fix } = findingOf('not-executable', await examine(scene))
    expectFixed('not-executable', scene, fix)
  })

  it('the record is broken', async () => {
    const scene = await makeProject()
    writeFileSync(path.join(scene.folder, '.nix-jupyter.json'), '{')
    const { fix } = findingOf('record-broken', await examine(scene))
    expectFixed('record-broken', scene, fix)
    expect(git(scene.folder, 'status', '--porcelain')).toBe('')
    // Without git nothing is advised that would not work.
    rmSync(path.join(scene.folder, '.git'), { recursive: true })
    writeFileSync(path.join(scene.folder, '.nix-jupyter.json'), '{')
    const broken = (await examine(scene)).find(({ name }) => name === 'record-broken')
    expect(broken).toMatchObject({ ok: false, fix: null })
  })
})

describe('faults of a change whose command is typed, and then they are gone', () => {
  it('git could not merge the record, or a change is not finished', async () => {
    // Without Nix, so that only what this program itself sees is looked at.
    const scene = makeMachine('nix')
    await run(['lab', '-t', 'minimal', '--yes'], scene.folder, scene.env)
    const inside = { ...scene, folder: path.join(scene.folder, 'lab') }
    const record = path.join(inside.folder, '.nix-jupyter.json')
    const text = readFileSync(record, 'utf8')
    writeFileSync(record, `<<<<<<< HEAD\n${text}=======\n${text}>>>>>>> b\n`)
    const conflict = findingOf('record-conflict', await examine(inside)).fix
    expect(conflict).toBe(`npx create-nix-jupyter upgrade ${inside.folder}`)
    expectFixed('record-conflict', inside, conflict)
    const requirements = path.join(inside.folder, 'requirements.in')
    writeFileSync(requirements, readFileSync(requirements, 'utf8').replace(/$/, '\ncowsay==1\n'))
    expect(await run(['set', '--packages', 'cowsay'], inside.folder, inside.env)).toMatchObject({ code: 3 })
    writeFileSync(requirements, readFileSync(requirements, 'utf8').replace(/^([<|>]{7} .*|={7})\n/gm, ''))
    expectFixed('change-unfinished', inside, findingOf('change-unfinished', await examine(inside)).fix)
  })
})

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
    expectFixed('home-missing', broken, fix.replace('/path/to/your/home/directory', scene.folder))
  })

  it('Nix cannot read the project', async () => {
    const scene = makeMachine()
    await run(['lab', '-t', 'minimal', '--yes'], scene.folder, scene.env)
    const inside = { ...scene, folder: path.join(scene.folder, 'lab') }
    writeFileSync(path.join(inside.folder, 'flake.nix'), '{ description = ; }\n')
    expect(findingOf('project-unreadable', await examine(inside)).message).toContain('flake.nix')
  })

  it('there are no packages for this system', async () => {
    const scene = makeMachine()
    const code = "Object.defineProperty(process, 'arch', { value: 'ia32' })"
    findingOf('system-unsupported', await examine({ ...scene, env: preload(scene.env, code) }))
  })

  it('macOS: the daemon does not run', async () => {
    const scene = makeMachine()
    const env = { ...scene.env, NIX_REMOTE: 'daemon', NIX_DAEMON_SOCKET_PATH: '/nowhere/socket' }
    const code = "Object.defineProperty(process, 'platform', { value: 'darwin' })"
    findingOf('daemon-off-mac', await examine({ ...scene, env: preload(env, code) }))
  })

  it.skipIf(noOtherUser)(`the daemon is closed to this user${notRun(noOtherUser)}`, async () => {
    const scene = makeMachine()
    const closed = path.join(path.dirname(scene.folder), 'closed')
    mkdirSync(closed, { mode: 0o700 })
    chownSync(closed, 65534, 65534)
    const env = { ...scene.env, NIX_REMOTE: 'daemon', NIX_DAEMON_SOCKET_PATH: path.join(closed, 'socket') }
    // Root without its power over other users' files: as any user is to the daemon's folder.
    const powerless = ['setpriv', '--bounding-set=-dac_override,-dac_read_search']
    findingOf('daemon-denied', await examine({ ...scene, env }, powerless))
  })

  it.skipIf(noOtherUser)(`the disk of the project is full${notRun(noOtherUser)}`, async () => {
    const scene = makeMachine()
    makeSmallDisk(path.join(scene.folder, 'small'), '64m')
    findingOf('disk-project', await examine({ ...scene, folder: path.join(scene.folder, 'small') }))
  })
})

// What another system has in /proc and /sys, in a mount namespace of the program's own.
describe.skipIf(noOtherUser)(`faults of other systems${notRun(noOtherUser)}`, () => {
  const inWorld = (script: string) => ['unshare', '--mount', 'sh', '-c', `${script}\nexec "$0" "$@"`]
  const kernel = (folder: string, version: string) => {
    const file = path.join(path.dirname(folder), 'version')
    writeFileSync(file, version)
    return `mount --bind ${file} /proc/version`
  }
  const WSL2 = 'Linux version 5.15.153.1-microsoft-standard-WSL2 (root@x)\n'

  it('WSL 1', async () => {
    const scene = makeMachine()
    const world = inWorld(kernel(scene.folder, 'Linux version 4.4.0-19041-Microsoft (Microsoft@Microsoft.com)\n'))
    const env = { ...scene.env, WSL_DISTRO_NAME: 'Debian' }
    expect(findingOf('wsl-1', await examine({ ...scene, env }, world)).fix).toBe('wsl --set-version Debian 2')
  })

  it('a drive of Windows', async () => {
    const scene = makeMachine()
    const world = inWorld(
      `${kernel(scene.folder, WSL2)}\nmount -t tmpfs tmpfs /mnt && mkdir -p /mnt/c/lab && cd /mnt/c/lab`,
    )
    expectFixed('wsl-drive', scene, findingOf('wsl-drive', await examine(scene, world)).fix, world)
  })

  it('WSL2 that starts no services', async () => {
    const scene = makeMachine()
    const env = { ...scene.env, NIX_REMOTE: 'daemon', NIX_DAEMON_SOCKET_PATH: '/nowhere/socket' }
    findingOf('daemon-off-wsl', await examine({ ...scene, env }, inWorld(kernel(scene.folder, WSL2))))
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

/** Faults whose command no test types, and why. */
const NOT_TYPED: Partial<Record<Line, string>> = {
  'nix-missing': 'it downloads from nixos.org',
  'nix-missing-selinux': 'it downloads from nixos.org',
  'nix-broken': 'it downloads from nixos.org',
  'nix-too-old': 'it downloads from nixos.org',
  'daemon-denied': 'a group counts from the next login on',
  'daemon-off': 'it asks systemd, which the tests do not have',
  'daemon-off-mac': 'it asks launchd of macOS',
  'daemon-off-wsl': 'it counts once Windows has started WSL again',
  'wsl-1': 'it is typed in Windows',
  'system-unsupported': 'it is typed in Windows',
  'disk-store': 'it frees what the store of the computer has',
  'disk-project': 'it shows what there is to remove',
  'git-missing': 'it installs a program, as root',
  'project-unreadable': 'the cure is in the file that the user has changed',
  'driver-old': 'it shows what the card has; a driver comes with the system',
  'driver-broken': 'it needs a card',
}

/** The lines that this program can say, as its own sources name them. */
const OWN = (Object.keys(LINES) as Line[]).filter((name) => sources.includes(`'${name}'`)).sort()

it.skipIf(noOtherUser)(`every fault of the list was made, and its command typed${notRun(noOtherUser)}`, () => {
  const all = OWN.filter((name) => LINES[name].fix !== undefined)
  expect(all.length).toBeGreaterThan(25)
  expect([...tried].sort()).toEqual(all)
  expect([...fixed, ...Object.keys(NOT_TYPED)].sort()).toEqual(all)
  expect(existsSync(NEWEST)).toBe(true)
})

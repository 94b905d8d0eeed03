import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { entries, entry, open, run } from '../../../tests/support/program.ts'
import { KEYS } from '../../../tests/support/terminal.ts'
import { makeScene, preload } from '../../../tests/support/world.ts'

/** The program on another system, as far as it can see. */
const onSystem = (env: Record<string, string>, platform: string, arch: string, cwd?: string) =>
  preload(
    env,
    `Object.defineProperty(process, 'platform', { value: '${platform}' })
     Object.defineProperty(process, 'arch', { value: '${arch}' })
     ${cwd ? `process.cwd = () => ${JSON.stringify(cwd)}` : ''}`,
  )

describe('the last lines (G6)', () => {
  it('come in the order of typing: Nix, where it is missing, then cd, then ./start; numbered', async () => {
    const { directory, env } = makeScene()
    // Nix is looked for on PATH and in its own profile; a test machine may have both.
    const code = `const fs = require('node:fs'); const real = fs.accessSync
      fs.accessSync = (file, mode) => { if (/\\/nix$/.test(file)) throw new Error('none'); return real(file, mode) }
      require('node:module').syncBuiltinESMExports()`
    const { stdout } = await run(['lab', '--yes'], directory, preload(env, code))
    const install = 'curl -L https://nixos.org/nix/install | sh -s -- --daemon'
    const places = ['1. Install Nix', install, '2. cd lab', '3. ./start', 'To create this project again:'].map((text) =>
      stdout.indexOf(text),
    )
    expect(places.every((place, index) => place > (places[index - 1] ?? 0))).toBe(true)
    const prose = stdout.split('\n').filter((line) => !/create-nix-jupyter@|create nix-jupyter@/.test(line))
    expect(Math.max(...prose.map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  it.each([
    'xcode-select: note: No developer tools were found, requesting install.',
    'xcrun: error: invalid active developer path (/Library/Developer/CommandLineTools), missing xcrun at: /Library',
  ])("D7: on a Mac whose git is only a stub, name Apple's tools (%s)", async (said) => {
    const { directory, env } = makeScene()
    const bin = path.join(directory, 'bin')
    mkdirSync(bin)
    writeFileSync(path.join(bin, 'git'), `#!/bin/sh\necho "${said}" >&2\nexit 1\n`, { mode: 0o755 })
    const PATH = `${bin}:${env.PATH}`
    const ran = await run(['lab', '--yes'], directory, onSystem({ ...env, PATH }, 'darwin', 'arm64'))
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toContain(
      "Git is not installed. Without it Nix copies the whole directory.\n  On a Mac it is in Apple's",
    )
    expect(ran.stdout).toContain(': xcode-select --install\n')
    expect(ran.stdout).not.toContain('did not work')
  })

  it('D5: on Windows begin with the way into WSL2', async () => {
    const { directory, env } = makeScene()
    const { stdout } = await run(['lab', '--yes', '--no-git'], directory, onSystem(env, 'win32', 'x64'))
    const [wsl, nix, start] = [/wsl --cd ".*lab"/, /Install Nix/, /\.\/start/].map((text) => stdout.search(text))
    expect(wsl).toBeGreaterThan(0)
    expect(nix).toBeGreaterThan(wsl ?? 0)
    expect(start).toBeGreaterThan(nix ?? 0)
    expect(stdout).not.toMatch(/^ +\d\. cd /m)
  })

  it("D5: Windows' npm that WSL2 has called in C:\\Windows is told so, and nothing is made", async () => {
    const { directory, env } = makeScene()
    const ran = await run(['lab', '--yes'], directory, onSystem(env, 'win32', 'x64', 'C:\\Windows'))
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('the npm of Windows') })
    expect(entries(directory)).toEqual([])
  })

  it('D8: an Intel Mac gets one sentence, Apple silicon none', async () => {
    const { directory, env } = makeScene()
    expect((await run(['a', '--yes'], directory, onSystem(env, 'darwin', 'x64'))).stdout).toContain(
      'Intel Macs are not',
    )
    expect((await run(['b', '--yes'], directory, onSystem(env, 'darwin', 'arm64'))).stdout).not.toContain('Intel')
  })
})

it('F5: "no" to the question of trust ends with 1: nobody interrupted anything', async () => {
  const { directory, env } = makeScene()
  const mine = path.join(path.dirname(directory), 'mine')
  await run(['../mine', '--yes', '--no-git'], directory, env)
  writeFileSync(path.join(mine, 'flake.nix'), '{ nixConfig.substituters = [ ]; }\n')
  const flags = ['lab', '--python', '3.13', '--git', '-t', '../mine']
  const session = open(flags, directory, env)
  await session.see('Use it?')
  session.type(KEYS.enter)
  expect(await session.exited).toBe(1)
  expect(session.screen()).toContain('was not trusted')
  expect(entries(directory)).toEqual([])
})

/** Reads what a program writes only when its pipe, which holds a page and makes nobody wait, is full. */
const LATE_READER = `
import fcntl, os, struct, subprocess, sys, termios
reading, writing = os.pipe()
fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
os.set_blocking(writing, False)
child = subprocess.Popen(sys.argv[1:], stdout=writing)
os.close(writing)
held = 0
while held < 4096:
    held, = struct.unpack("i", fcntl.ioctl(reading, termios.FIONREAD, struct.pack("i", 0)))
with open(reading, "rb") as pipe:
    sys.stdout.buffer.write(pipe.read())
sys.exit(child.wait())
`

it.skipIf(process.platform !== 'linux')(
  'a reader that is late gets all of a long text, also over a pipe that makes nobody wait',
  () => {
    const { directory, env } = makeScene()
    const command = [process.execPath, entry(), '--help']
    const whole = execFileSync(process.execPath, command.slice(1), { cwd: directory, env, encoding: 'utf8' })
    expect(whole.length).toBeGreaterThan(4096)
    const late = spawnSync('python3', ['-c', LATE_READER, ...command], { cwd: directory, env, encoding: 'utf8' })
    expect(late).toMatchObject({ status: 0, stdout: whole })
  },
)

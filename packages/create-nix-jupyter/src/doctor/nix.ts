import { connect } from 'node:net'
import path from 'node:path'
import { findProgram } from '../base/find-program.js'
import type { Finding } from './finding.js'
import { isThere, readIfThere, wslVersion } from './machine.js'
import { type Examined, reasonIn, run } from './run.js'

/** What today's nixpkgs asks for, in lib/minver.nix. */
const NEEDED = '2.18'
const SOCKET = '/nix/var/nix/daemon-socket/socket'

const FEATURES = ['--extra-experimental-features', 'nix-command flakes']

/** Nix: is it there, is it found, is it new enough, does its daemon answer, are flakes on? */
export async function examineNix(machine: Examined): Promise<Finding[]> {
  if (machine.platform === 'win32') return []
  const { line } = machine
  const program = findProgram('nix', machine)
  if (!program) return [missing(machine)]
  const said = await run(program, ['--version'], machine)
  const version = /(\d+)\.(\d+)[\d.a-z]*\s*$/i.exec(said.output.split('\n')[0] ?? '')
  if (!said.ok || !version) return [line('nix-broken', { program, why: reasonIn(said.error || said.output) })]
  const [text, major, minor] = version
  if (Number(major) * 1000 + Number(minor) < 2018) {
    return [line('nix-too-old', { version: text.trim(), needed: NEEDED }), ...(await examineDaemon(program, machine))]
  }
  const daemon = await examineDaemon(program, machine)
  return [line('nix', { version: said.output, program }), ...daemon, await examineFlakes(program, machine)]
}

/** What puts Nix on PATH in a shell that reads it: there are scripts for two languages. */
function scriptsFor(shell: string): string[] {
  const name = path.basename(shell)
  if (name === 'nu' || name.endsWith('csh')) return []
  return ['nix-daemon', 'nix'].map((script) => `etc/profile.d/${script}.${name === 'fish' ? name : 'sh'}`)
}

function missing({ env, platform, line }: Examined): Finding {
  const profiles = ['/nix/var/nix/profiles/default', `${env.HOME ?? ''}/.nix-profile`, '/run/current-system/sw']
  const profile = profiles.find((directory) => isThere(path.join(directory, 'bin/nix')))
  if (profile) {
    const shell = env.SHELL || 'sh'
    const script = scriptsFor(shell)
      .map((name) => path.join(profile, name))
      .find(isThere)
    const program = path.join(profile, 'bin/nix')
    return script
      ? line('nix-off-path', { program, profile: script })
      : line('nix-off-path-bare', { program, directory: path.join(profile, 'bin'), shell })
  }
  const isGuarded = platform === 'linux' && readIfThere('/sys/fs/selinux/enforce').trim() === '1'
  return line(isGuarded ? 'nix-missing-selinux' : 'nix-missing')
}

/** `store ping` is `store info` in new versions; the old word is understood by all. */
async function examineDaemon(program: string, machine: Examined): Promise<Finding[]> {
  const { line } = machine
  const said = await run(program, [...FEATURES, 'store', 'ping'], machine)
  if (said.ok) return [line(isDaemons(said.output + said.error) ? 'store-daemon' : 'store')]
  const why = reasonIn(said.error)
  const socket = machine.env.NIX_DAEMON_SOCKET_PATH || SOCKET
  if ((await knock(socket)) === 'EACCES') return [line('daemon-denied', { socket })]
  if (machine.platform === 'darwin') return [line('daemon-off-mac', { why })]
  if (isThere('/run/systemd/system')) return [line('daemon-off', { why })]
  return [line(wslVersion() === 2 ? 'daemon-off-wsl' : 'daemon-off-no-systemd', { why })]
}

function isDaemons(text: string): boolean {
  return /Store URL: (daemon|unix)/.test(text)
}

/** Why nobody opens, as the system says it; undefined where somebody does. */
function knock(socket: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const connection = connect(socket)
    connection.on('connect', () => {
      connection.destroy()
      resolve(undefined)
    })
    connection.on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
  })
}

/** Without them ./start and ./lab work all the same, so it is a hint and no problem. */
async function examineFlakes(program: string, machine: Examined): Promise<Finding> {
  const said = await run(program, ['flake', 'metadata', 'path:/nowhere'], machine)
  const isOff = /experimental (Nix )?feature/.test(said.error)
  return machine.line(isOff ? 'flakes-off' : 'flakes')
}

import { findProgram } from '../base/find-program.js'
import { RECORD } from '../base/own-names.js'
import { shellQuote } from '../base/shell.js'
import type { Finding } from './finding.js'
import { type Examined, run } from './run.js'

const INSTALL = [
  ['apt-get', 'sudo apt-get install git'],
  ['dnf', 'sudo dnf install git'],
  ['pacman', 'sudo pacman -S git'],
  ['zypper', 'sudo zypper install git'],
  ['apk', 'sudo apk add git'],
  ['brew', 'brew install git'],
] as const

/** What Nix needs, and what others need for the same packages. */
const NEEDED = ['*.nix', 'flake.lock', 'nix', 'requirements.in', RECORD]
const LOCKED = ['requirements.txt', 'pyproject.toml', 'uv.lock']
/** Of these nothing is ignored on purpose, as some people ignore *.lock or lib in all of their projects. */
const ALWAYS = [
  ...['flake.nix', 'flake.lock', 'requirements.in', RECORD],
  ...['awk', 'json', 'nix', 'py', 'sh'].map((kind) => `nix/*.${kind}`),
]

/** Git: is it there, and does it know whose commits it makes? */
export async function examineGit(machine: Examined): Promise<Finding[]> {
  const { line } = machine
  const program = findProgram('git', machine)
  const said = await run(program ?? 'git', ['--version'], machine)
  // A Mac has a git that does nothing but ask for Apple's tools.
  if (!program || !said.ok) return [line('git-missing', { install: howToInstall(machine) })]
  const name = await run(program, ['config', 'user.name'], machine)
  const email = await run(program, ['config', 'user.email'], machine)
  const isKnown = (name.output && email.output) || (machine.env.GIT_AUTHOR_NAME && machine.env.GIT_AUTHOR_EMAIL)
  return [line('git', { version: said.output, program }), ...(isKnown ? [] : [line('git-identity')])]
}

function howToInstall(machine: Examined): string {
  const sbin = ['/usr/sbin', '/sbin', '/usr/bin', '/opt/homebrew/bin']
  const known = INSTALL.find(([manager]) => findProgram(manager, machine, sbin))
  return known?.[1] ?? (machine.platform === 'darwin' ? 'xcode-select --install' : 'nix-env -iA nixpkgs.git')
}

/** In a project: does git work there, and does Nix see what it needs? In a repository it sees the tracked files alone. */
export async function examineTracking(project: string, machine: Examined): Promise<Finding[]> {
  const program = findProgram('git', machine)
  if (!program) return []
  const { line } = machine
  const inside = { ...machine, cwd: project }
  const top = await run(program, ['rev-parse', '--show-toplevel'], inside)
  if (!top.ok && /dubious ownership/.test(top.error)) return [line('git-owner', { project: shellQuote(project) })]
  if (!top.ok) return [line('tracking-none', { project })]
  const untracked = async (names: readonly string[], ...without: string[]) => {
    const listed = await run(program, ['ls-files', '--others', '-z', ...without, '--', ...names], inside)
    return listed.output.split('\0').filter((file) => file && file !== 'local.nix')
  }
  const about = (name: 'git-untracked' | 'lock-untracked', files: readonly string[]) => {
    if (files.length === 0) return []
    const slots = { files: files.join(', '), them: files.length === 1 ? 'it' : 'them', project: shellQuote(project) }
    return [line(name, { ...slots, quoted: files.map(shellQuote).join(' ') })]
  }
  const needed = [...(await untracked(NEEDED, '--exclude-standard')), ...(await untracked(ALWAYS))]
  const findings = [
    ...about('git-untracked', [...new Set(needed)].sort()),
    ...about('lock-untracked', await untracked(LOCKED, '--exclude-per-directory=.gitignore')),
  ]
  return findings.length > 0 ? findings : [line('tracking')]
}

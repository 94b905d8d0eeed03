import type { Host } from '../base/host.js'
import { shellQuote } from '../base/shell.js'
import { hasNix } from './nix.js'
import type { Outcome } from './outcome.js'

/** A step after the run: what it is for, where that is not plain, and what to type. */
export interface Step {
  readonly why?: string
  readonly commands: readonly string[]
}

/** In sh, bash, zsh, dash and fish alike; with the daemon also where SELinux or no systemd is. */
const INSTALL_NIX = 'curl -L https://nixos.org/nix/install | sh -s -- --daemon'

/** What a person types next, in the order of typing. */
export function nextSteps({ answers, plan, git }: Outcome, host: Host): Step[] {
  const { target } = answers
  const inPlace = target.root === host.cwd
  const windows = host.platform === 'win32'
  const cd = windows ? `wsl --cd "${target.root}"` : `cd ${shellQuote(target.typed)}`
  return [
    ...(windows ? [{ why: 'Nix needs Linux. Open the directory in WSL2:', commands: [cd] }] : []),
    ...(hasNix(host)
      ? []
      : [{ why: 'Install Nix, once; then open a new terminal. No configuration is needed:', commands: [INSTALL_NIX] }]),
    ...(inPlace || windows ? [] : [{ commands: [cd] }]),
    { commands: [startCommand(plan.files)] },
    ...commitStep(git),
  ]
}

/** The files are added, which is all that Nix needs; to commit them, git has to know whose commit it is. */
function commitStep(git: Outcome['git']): Step[] {
  if (!git?.added || git.committed || !git.problem) return []
  const identity = ['git config --global user.name "Your Name"', 'git config --global user.email you@example.org']
  return [
    {
      why: 'To commit the project, whenever you like:',
      commands: [...(git.problem.kind === 'identity' ? identity : []), 'git commit -m "Start"'],
    },
  ]
}

/** A remote template may have no ./start; what it has then is a shell. */
function startCommand(files: Outcome['plan']['files']): string {
  return files.some(({ path }) => path === 'start') ? './start' : 'nix develop'
}

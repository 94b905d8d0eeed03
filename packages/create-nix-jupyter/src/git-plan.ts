import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Answers } from './answers.js'
import type { Host } from './host.js'

/** What git will be asked to do; Nix sees only files that git knows. */
export type GitPlan =
  /** A repository of the project's own; `ignoredBy` is the outer one that ignores the folder. */
  | { readonly kind: 'init'; readonly ignoredBy?: string }
  /** The project is inside a repository: its files are added there. */
  | { readonly kind: 'add'; readonly repository: string }
  /** Git was not wanted; `inside` is the repository around the project, where there is one. */
  | { readonly kind: 'none'; readonly inside?: string }
  /** Git was wanted, and there is none on this machine. */
  | { readonly kind: 'missing' }

/** Decides by looking only; git itself is loaded and asked where there is a repository around the folder. */
export async function planGit({ git, target }: Answers, host: Host): Promise<GitPlan> {
  const around = repositoryAround(target.exists ? target.root : path.dirname(target.firstMissing))
  if (!git) return around ? { kind: 'none', inside: around } : { kind: 'none' }
  if (!around) return { kind: 'init' }
  const { askGitAround } = await import('./git.js')
  return askGitAround(around, target.root, host)
}

function repositoryAround(folder: string): string | undefined {
  for (let current = folder; ; current = path.dirname(current)) {
    if (existsSync(path.join(current, '.git'))) return current
    if (current === path.dirname(current)) return undefined
  }
}

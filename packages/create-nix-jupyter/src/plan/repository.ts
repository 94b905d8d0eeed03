import path from 'node:path'
import type { Host } from '../base/host.js'
import { RECORD } from '../base/own-names.js'
import { runGit } from '../base/run-git.js'

/** What git will be asked to do; Nix sees only files that git knows. */
export type GitPlan =
  /** A repository of the project's own; `ignoredBy` is the outer one that ignores the directory. */
  | { readonly kind: 'init'; readonly ignoredBy?: string }
  /** The project is inside a repository: its files are added there. */
  | { readonly kind: 'add'; readonly repository: string }
  /** Git was not wanted; `inside` is the repository around the project, where there is one. */
  | { readonly kind: 'none'; readonly inside?: string }
  /** Git was wanted, and there is none on this machine. */
  | { readonly kind: 'missing' }

/** Asks git about the repository around a new directory: is it one, and does it ignore the directory? */
export async function askGitAround(around: string, root: string, host: Host): Promise<GitPlan> {
  const inside = path.relative(around, root)
  const top = await runGit(around, ['rev-parse', '--show-toplevel'], { host })
  if (top.missing) return { kind: 'missing' }
  if (!top.ok && /not a git repository|must be run in a work tree/.test(top.error)) return { kind: 'init' }
  const repository = top.output || around
  if (!inside) return { kind: 'add', repository }
  const ignored = await runGit(around, ['check-ignore', '-q', '--', path.join(inside, RECORD)], { host })
  return ignored.ok ? { kind: 'init', ignoredBy: repository } : { kind: 'add', repository }
}

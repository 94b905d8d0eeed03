import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Host } from '../base/host.js'
import type { Answers } from '../questions/answers.js'
import type { GitPlan } from './repository.js'

/** Decides by looking only; git itself is loaded and asked where there is a repository around the directory. */
export async function planGit({ git, target }: Answers, host: Host): Promise<GitPlan> {
  const around = repositoryAround(target.exists ? target.root : path.dirname(target.firstMissing))
  if (!git) return around ? { kind: 'none', inside: around } : { kind: 'none' }
  if (!around) return { kind: 'init' }
  const { askGitAround } = await import('./repository.js')
  return askGitAround(around, target.root, host)
}

function repositoryAround(directory: string): string | undefined {
  for (let current = directory; ; current = path.dirname(current)) {
    if (existsSync(path.join(current, '.git'))) return current
    if (current === path.dirname(current)) return undefined
  }
}

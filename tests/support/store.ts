import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { must } from './run.ts'

const STORE = '/nix/store'

/**
 * What this run has copied into the Nix store of sources and of `lab`, and that holds a secret.
 * @param secret one that was made at random in this run: what the store held before cannot hold it, and is not read
 * @returns the files, one a line; empty text where there is none
 */
export function filesInStoreWith(secret: string): Promise<string> {
  const isOfThisRun = (path: string) => (statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0) >= inject('began')
  const copied = readdirSync(STORE)
    .filter((name) => /-(source|lab)$/.test(name))
    .map((name) => join(STORE, name))
    .filter(isOfThisRun)
  // One that is collected meanwhile is no failure: grep's exit code 2. Without a directory grep would read this one.
  return must('sh', ['-c', 'grep -rlF -- "$0" "$@" 2>/dev/null || true', secret, '/dev/null', ...copied])
}

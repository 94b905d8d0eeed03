import { chmodSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { packProgram } from './pack.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The directory of the program as npm installs it. */
    packed: string
    tarball: string
    /** A directory for what the test files of a run share. */
    shared: string
    /** When this run began: milliseconds since 1970. */
    began: number
  }
}

/** What turbo has built before this run is fresh; otherwise `prepack` builds it now, so that no old program is tested. */
const IS_BUILT = process.env.TURBO_HASH ? ['--ignore-scripts'] : []

// More certificates than its own, Node 20 reads at each start, which takes longer than all else that most runs do. Whatever a
// test asks over TLS is a server of its own, which has its own certificate.
delete process.env.NODE_EXTRA_CA_CERTS

/** Once before all test files of a run: what they drive is what is published. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('began', Date.now())
  const directory = mkdtempSync(join(tmpdir(), 'nix-jupyter-program-'))
  // Some tests run the program as another user.
  chmodSync(directory, 0o755)
  const { installed, tarball } = await packProgram(directory, IS_BUILT)
  project.provide('packed', installed)
  project.provide('tarball', tarball)
  project.provide('shared', join(directory, 'shared'))
  // Not rmSync, which takes many seconds of environments: meanwhile vitest hears of no worker that has ended, and complains of it.
  return () => rm(directory, { recursive: true, force: true })
}

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the program as npm would install it. */
    packed: string
    tarball: string
  }
}

/** What turbo has built before this run is fresh; otherwise `prepack` builds it now, so that no old program is tested. */
const IS_BUILT = process.env.TURBO_HASH ? ['--ignore-scripts'] : []

/** Packs the built program and unpacks it elsewhere: what the tests drive is what users get. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(path.join(tmpdir(), 'create-nix-jupyter-packed-'))
  // One test runs the program as another user.
  chmodSync(folder, 0o755)
  const workspace = path.resolve(import.meta.dirname, '../..')
  const output = execFileSync('npm', ['pack', '--json', ...IS_BUILT, '--pack-destination', folder], {
    cwd: workspace,
    encoding: 'utf8',
  })
  const [{ filename }] = JSON.parse(output)
  const tarball = path.join(folder, filename)
  const installed = path.join(folder, 'node_modules/create-nix-jupyter')
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'])
  project.provide('packed', installed)
  project.provide('tarball', tarball)
  return () => rmSync(folder, { recursive: true, force: true })
}

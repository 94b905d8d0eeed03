import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { must } from './run.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The installed program, as npm puts it there from the packed archive. */
    program: string
    /** Which tier this run is about. */
    template: string
    /** A folder for what the test files of a run share. */
    shared: string
    /** When this run began: milliseconds since 1970. */
    began: number
  }
}

/** What turbo has built before this run is fresh; otherwise `prepack` builds it now, so that no old program is tested. */
const isBuilt = process.env.TURBO_HASH ? ['--ignore-scripts'] : []

const packageFolder = join(import.meta.dirname, '../../packages/create-nix-jupyter')

/** Pack and install the program once: what is tested is what is published. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const began = Date.now()
  const template = process.env.TEMPLATE
  if (!template)
    throw new Error('TEMPLATE=minimal (or another tier) has to be set: npx turbo run test:integration does')

  const folder = mkdtempSync(join(tmpdir(), 'nix-jupyter-program-'))
  const packed = JSON.parse(
    await must('npm', ['pack', '--json', ...isBuilt, '--pack-destination', folder], { cwd: packageFolder }),
  ) as [{ filename: string }]
  await must('npm', ['install', '--prefix', folder, '--offline', '--no-audit', join(folder, packed[0].filename)])

  project.provide('program', join(folder, 'node_modules/.bin/create-nix-jupyter'))
  project.provide('template', template)
  project.provide('began', began)
  project.provide('shared', join(folder, 'shared'))
  return () => rm(folder, { recursive: true, force: true })
}

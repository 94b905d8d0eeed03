import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { run } from '../../../../tests/support/program.ts'
import type { makeScene } from '../../../../tests/support/world.ts'
import type { Shape } from './corpus.ts'

/** Writes the files of a shape into a directory. */
export function put(directory: string, files: Shape['files']): void {
  for (const [file, content] of Object.entries(files)) {
    const place = path.join(directory, file)
    mkdirSync(path.dirname(place), { recursive: true })
    writeFileSync(place, content)
  }
}

/** What the program says of a project that it would make. */
export interface Told {
  readonly packages: readonly string[]
  readonly files: readonly { readonly path: string; readonly action: string }[]
  readonly brought: {
    readonly notebooks: readonly string[]
    readonly left: readonly { readonly what: string; readonly where: string; readonly why: string }[]
    readonly installed: readonly string[]
    readonly missing: readonly string[]
    readonly unknown: readonly string[]
  }
}

/** What a dry run of `--from` or the like plans, which has to be without a word on stderr. */
export async function planned(scene: ReturnType<typeof makeScene>, ...args: string[]): Promise<Told> {
  const ran = await run(['lab', '-t', 'minimal', '--yes', '--dry-run', '--json', ...args], scene.directory, scene.env)
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  return JSON.parse(ran.stdout)
}

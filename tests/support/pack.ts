import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { must } from './run.ts'

/** Packs the program into a directory, and puts it there as npm would: it has no dependencies. */
export async function packProgram(
  directory: string,
  flags: string[] = [],
): Promise<{ installed: string; tarball: string }> {
  const tarball = packedBefore() ?? (await pack(directory, flags))
  const installed = join(directory, 'node_modules/create-nix-jupyter')
  mkdirSync(installed, { recursive: true })
  await must('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'])
  return { installed, tarball }
}

/** What `npm test` has packed, once for all suites (scripts/test.mjs). */
function packedBefore(): string | undefined {
  const directory = process.env.PACKED_PROGRAM
  if (!directory) return undefined
  const [file] = readdirSync(directory)
  if (!file) throw new Error('The program was built and could not be packed.')
  return join(directory, file)
}

async function pack(directory: string, flags: string[]): Promise<string> {
  const workspace = join(import.meta.dirname, '../../packages/create-nix-jupyter')
  const output = await must('npm', ['pack', '--json', ...flags, '--pack-destination', directory], { cwd: workspace })
  const [{ filename }] = JSON.parse(output) as [{ filename: string }]
  return join(directory, filename)
}

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { must } from './run.ts'

/** Packs the program into a folder, and puts it there as npm would: it has no dependencies. */
export async function packProgram(
  folder: string,
  flags: string[] = [],
): Promise<{ installed: string; tarball: string }> {
  const workspace = join(import.meta.dirname, '../../packages/create-nix-jupyter')
  const output = await must('npm', ['pack', '--json', ...flags, '--pack-destination', folder], { cwd: workspace })
  const [{ filename }] = JSON.parse(output) as [{ filename: string }]
  const [tarball, installed] = [join(folder, filename), join(folder, 'node_modules/create-nix-jupyter')]
  mkdirSync(installed, { recursive: true })
  await must('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'])
  return { installed, tarball }
}

import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, inject, it } from 'vitest'
import { entries, run } from '../../../tests/support/program.ts'
import { makeScene } from '../../../tests/support/world.ts'

/** A copy of the installed program, of which one file is zeros, as a power cut leaves it, or is not there. */
function damagedCopy(directory: string, file: string, isThere: boolean): string {
  const copy = path.join(path.dirname(directory), 'copy')
  rmSync(copy, { recursive: true, force: true })
  cpSync(inject('packed'), copy, { recursive: true })
  const damaged = path.join(copy, 'dist', file)
  if (isThere) writeFileSync(damaged, Buffer.alloc(statSync(damaged).size))
  else rmSync(damaged)
  return path.join(copy, 'bin/create-nix-jupyter.cjs')
}

it('I15: an installed file that is zeros, or gone: exit 1, it is named, nothing is made', async () => {
  const { directory, env } = makeScene()
  const installed = path.join(inject('packed'), 'dist/templates')
  const files = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter((file) => /\.\w+$/.test(file))
  expect(files.length).toBeGreaterThan(10)
  for (const [index, file] of files.entries()) {
    const name = `templates/${file.split(path.sep).join('/')}`
    const entry = damagedCopy(directory, name, index % 2 === 0)
    const runs = idsThatNeed(file).map((id) =>
      run([id, '-t', id, '--yes'], directory, env, ['sh', '-c', `shift; exec "$0" '${entry}' "$@"`]),
    )
    const all = await Promise.all(runs)
    expect(all.length, name).toBeGreaterThan(0)
    for (const ran of all) expect(ran).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(name) })
    expect(entries(directory)).toEqual([])
  }
})

/** The templates that cannot be made without a file: one of their own, one of a part that they have, or the shared one. */
function idsThatNeed(file: string): string[] {
  const directory = file.replace(/\.\w+$/, '')
  const templates = path.resolve(import.meta.dirname, '../../../templates')
  const manifests = readdirSync(templates)
    .map((name) => path.join(templates, name, 'template.json'))
    .filter((manifest) => existsSync(manifest))
    .map((manifest) => JSON.parse(readFileSync(manifest, 'utf8')))
  return manifests
    .filter(({ id, parts = [] }) => [id, 'shared'].includes(directory) || parts.includes(path.basename(directory)))
    .map(({ id }) => id)
}

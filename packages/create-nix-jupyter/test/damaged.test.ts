import { cpSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, inject, it } from 'vitest'
import { entries, run } from './support/program.js'
import { makeScene } from './support/scene.js'

/** A copy of the installed program, of which one file is zeros, as a power cut leaves it. */
function damagedCopy(folder: string, file: string): string {
  const copy = path.join(path.dirname(folder), 'copy')
  cpSync(inject('packed'), copy, { recursive: true })
  const damaged = path.join(copy, 'dist', file)
  writeFileSync(damaged, Buffer.alloc(statSync(damaged).size))
  return path.join(copy, 'bin/create-nix-jupyter.cjs')
}

it('I15: installed texts that are zeros: exit 1, the file is named, nothing is made', async () => {
  const { folder, env } = makeScene()
  const entry = damagedCopy(folder, 'texts/small.txt')
  const ran = await run(['lab', '--yes'], folder, env, ['sh', '-c', `shift; exec "$0" '${entry}' "$@"`])
  expect(ran).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('texts/small.txt') })
  expect(entries(folder)).toEqual([])
})

it('I15: a large text likewise', async () => {
  const { folder, env } = makeScene()
  const large = readdirSync(path.join(inject('packed'), 'dist/texts')).filter((name) => name.endsWith('.br'))
  expect(large.length).toBeGreaterThan(0)
  const { templates } = JSON.parse((await run(['list', '--json'], folder, env)).stdout)
  for (const name of large) {
    const entry = damagedCopy(folder, `texts/${name}`)
    const runs = templates.map(({ id }: { id: string }) =>
      run([id, '-t', id, '--yes', '--dry-run'], folder, env, ['sh', '-c', `shift; exec "$0" '${entry}' "$@"`]),
    )
    const failed = (await Promise.all(runs)).filter(({ code }) => code === 1)
    expect(failed.length, name).toBeGreaterThan(0)
    for (const { stderr } of failed) expect(stderr).toContain(name)
  }
})

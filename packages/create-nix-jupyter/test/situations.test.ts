import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, describe, expect, inject, it } from 'vitest'
import { clear, THEMES } from '../../../tests/situations/index.ts'
import { OURS, type Program } from '../../../tests/situations/program.ts'
import { noMount, notRun } from '../../../tests/support/abilities.ts'
import { entry } from '../../../tests/support/program.ts'

// The one list of awkward situations: what our program does in each. `npm run bench:failures` puts others beside it.

const { name, version } = JSON.parse(readFileSync(path.join(inject('packed'), 'package.json'), 'utf8'))
// Many tests share the machine: nothing here is a matter of seconds.
const program: Program = { ...OURS, name, version, bin: entry(), limit: 300_000 }

afterAll(clear)

describe.each(THEMES)('$title', ({ situations }) => {
  for (const { title, ours, run, needsRoot } of situations) {
    const reason = needsRoot ? noMount : ''
    it.skipIf(reason)(`${title}${notRun(reason)}`, async () => {
      const { evidence, runs, text, ...happened } = await run(program)
      const said = JSON.stringify(evidence ?? runs)
      for (const line of typeof ours === 'string' ? [text] : text.split('<br>')) expect(line, said).toMatch(ours)
      if (typeof ours === 'string') expect(text, said).toBe(ours)
      // No false success, no half, nothing lost, nothing hostile let in, no stack trace, and it ends.
      expect(Object.values(happened).filter(Boolean), said).toEqual([])
    })
  }
})

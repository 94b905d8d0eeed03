import { appendFileSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { contents } from '../../../tests/support/program.ts'
import { randomNumbers, SEED } from '../../../tests/support/random.ts'
import { buildVersion, runProgram, type Version } from '../../../tests/support/versions.ts'
import { makeScene } from '../../../tests/support/world.ts'

// Random edits in random places: no line of the user's may be lost, whatever the new version does to the same file.

const EDITS = 1000
const EDITS_PER_PROJECT = 50

const lines = (count: number, text: (line: number) => string) =>
  Array.from({ length: count }, (_, at) => `${text(at)}\n`).join('')

let old: Version
let fresh: Version
beforeAll(() => {
  const changed = (at: number) => (at % 7 === 3 ? `changed ${at}` : `line ${at}`)
  old = buildVersion('0.0.1-old', {
    'guide.md': lines(60, (at) => `line ${at}`),
    'nix/extra.nix': lines(60, (at) => `# line ${at}`),
    'same.txt': lines(20, (at) => `line ${at}`),
    'gone.txt': lines(5, (at) => `line ${at}`),
  })
  fresh = buildVersion('0.0.2', {
    'guide.md': lines(60, changed),
    'nix/extra.nix': lines(70, (at) => `# ${changed(at)}`),
    'same.txt': lines(20, (at) => `line ${at}`),
    'come.txt': lines(5, (at) => `line ${at}`),
  })
})

it(`loses no line in ${EDITS} edits, and a second upgrade does nothing (SEED=${SEED})`, () => {
  const random = randomNumbers(SEED)
  const { directory, env } = makeScene()
  const scene = { ...env, CREATE_NIX_JUPYTER_OFFLINE: '1' }
  runProgram(old.program, ['lab', '--yes', '--with', 'none'], directory, scene)
  for (let project = 0; project < EDITS / EDITS_PER_PROJECT; project++) {
    const name = `lab${project}`
    const root = path.join(directory, name)
    cpSync(path.join(directory, 'lab'), root, { recursive: true })
    const mine = edit(root, project, random)
    const before = contents(root)
    const ran = runProgram(fresh.program, ['upgrade', name], directory, scene)
    const what = `SEED=${SEED}, project ${project}: ${ran.stdout}${ran.stderr}`
    expect([0, 3], what).toContain(ran.status)
    for (const [file, added] of mine) {
      const after = existsSync(path.join(root, file)) ? readFileSync(path.join(root, file), 'utf8').split('\n') : []
      expect(
        added.filter((line) => !after.includes(line)),
        `${what}: ${file}`,
      ).toEqual([])
    }
    if (ran.status === 3) {
      // Every other one goes back.
      if (project % 2 === 0) {
        expect(runProgram(fresh.program, ['upgrade', name, '--abort'], directory, scene).status, what).toBe(0)
        expect(contents(root), what).toEqual(before)
        continue
      }
      for (const [file, text] of Object.entries(contents(root)))
        writeFileSync(path.join(root, file), text.replace(/^(<{7}|\|{7}|>{7}|={7}).*\n/gm, ''))
      expect(runProgram(fresh.program, ['upgrade', name, '--continue'], directory, scene).status, what).toBe(0)
    }
    const done = contents(root)
    expect(runProgram(fresh.program, ['upgrade', name], directory, scene).stdout, what).toContain('is up to date')
    expect(contents(root), what).toEqual(done)
    rmSync(root, { recursive: true })
  }
})

/** Edits a project at random; returns the lines that were added, by file. */
function edit(root: string, project: number, random: (limit: number) => number): Map<string, string[]> {
  const all = ['guide.md', 'same.txt', 'nix/extra.nix', 'flake.nix', 'README.md', 'gone.txt', 'start', 'come.txt']
  const files = all.slice(0, 1 + (project % all.length))
  const mine = new Map<string, string[]>()
  const add = (file: string, line: string) => mine.set(file, [...(mine.get(file) ?? []), line])
  for (let count = 0; count < EDITS_PER_PROJECT; count++) {
    const file = files[random(files.length)] ?? ''
    const place = path.join(root, file)
    const line = `mine ${project} ${count}`
    if (!existsSync(place)) {
      // A file that the new version brings as well.
      appendFileSync(place, `${line}\n`)
      add(file, line)
      continue
    }
    const text = readFileSync(place, 'utf8').split('\n')
    const at = random(text.length)
    const taken = text[at]?.startsWith('mine') ? 0 : random(3)
    if (random(3) > 0) {
      text.splice(at, taken, line)
      add(file, line)
    } else if (!text.slice(at, at + taken).some((gone) => gone.startsWith('mine'))) text.splice(at, taken)
    // What a later edit takes away again was not lost by the upgrade.
    writeFileSync(place, text.join('\n'))
    const left = (mine.get(file) ?? []).filter((kept) => text.includes(kept))
    mine.set(file, left)
  }
  return mine
}

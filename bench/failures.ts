// How create-nix-jupyter and other scaffolders behave when something is in their way:
//   npm run bench:failures                 everything; writes bench/results/failures.json and docs/failures.md
//   npm run bench:failures -- disk names   these themes; prints only
import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { type Cell, notRun } from '../tests/situations/cell.ts'
import { clear, THEMES } from '../tests/situations/index.ts'
import { OURS, type Program } from '../tests/situations/program.ts'
import { isRoot } from '../tests/situations/scene.ts'
import type { Situation } from '../tests/situations/situation.ts'
import { renderPage } from './failures/page.ts'
import { PEERS } from './failures/peers.ts'
import { describeMachine } from './lib/machine.ts'
import { installOurs, installPeers } from './lib/peers.ts'
import { onInterruption, refuseOthers, writeResults } from './lib/report.ts'

const wanted = process.argv.slice(2)
refuseOthers(wanted, THEMES)
const directory = mkdtempSync(join(tmpdir(), 'nix-jupyter-failures-programs-'))
onInterruption(removeAll)
try {
  await main(await installPrograms())
} finally {
  removeAll()
}

async function main(programs: Program[]) {
  const began = performance.now()
  const themes = []
  for (const theme of THEMES.filter(({ id }) => wanted.length === 0 || wanted.includes(id))) {
    const rows = []
    for (const situation of theme.situations) rows.push(await fill(situation, programs))
    themes.push({ id: theme.id, title: theme.title, intro: theme.intro, rows })
  }
  const results = {
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    node: process.versions.node,
    minutes: Number(((performance.now() - began) / 60_000).toFixed(1)),
    programs: programs.map(({ name, version }) => ({ name, version })),
    themes,
  }
  writeResults('failures', results, 'failures.md', renderPage(results), wanted.length > 0)
}

/** Ours, packed, and the others, where every user can read them. */
async function installPrograms(): Promise<Program[]> {
  chmodSync(directory, 0o755)
  const [ours, peers] = await Promise.all([installOurs(), installPeers()])
  const programs = [ours, ...peers].map(({ name, version, scaffold, directory: installed, bin }) => {
    const copy = join(directory, name)
    cpSync(installed, copy, { recursive: true })
    chmodSync(copy, 0o755)
    const words = name === ours.name ? OURS : PEERS[name]
    if (!words) throw new Error(`bench/failures/peers.ts does not know ${name}`)
    return {
      name,
      version,
      bin: join(copy, relative(installed, bin)),
      // Longer than any run here takes by itself: what has not ended by then, waits for something that never comes.
      limit: 20_000,
      // `app` in the commands of peers.json is the project.
      make: (project: string) => scaffold.map((word) => (word === 'app' ? project : word)),
      bare: (...rest: string[]) => rest,
      ...words,
    }
  })
  rmSync(ours.directory, { recursive: true })
  return programs
}

/** One row: every program in the same situation. */
async function fill({ id, title, run, needsRoot, atOnce = 2 }: Situation, programs: Program[]) {
  const began = performance.now()
  const cells: { [program: string]: Cell } = {}
  const waiting = [...programs]
  const work = async () => {
    for (let program = waiting.shift(); program; program = waiting.shift())
      cells[program.name] = needsRoot && !isRoot ? notRun('only root can make it') : await run(program).catch(blame)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  console.error(`${title}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
  return { id, title, cells }
}

/** A situation that could not be made is not run, and no reason to lose all others. */
function blame(error: unknown): Cell {
  console.error(error)
  process.exitCode = 1
  return notRun(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error))
}

function removeAll() {
  clear()
  rmSync(directory, { recursive: true, force: true })
}

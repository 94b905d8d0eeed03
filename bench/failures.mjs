// How create-nix-jupyter and other scaffolders behave when something is in their way:
//   node bench/failures.mjs              everything; writes bench/results/failures.json and docs/failures.md
//   node bench/failures.mjs disk names   these themes; prints only
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { abilities } from './failures/abilities.mjs'
import { notRun } from './failures/cell.mjs'
import { conflicts } from './failures/conflicts.mjs'
import { disk } from './failures/disk.mjs'
import { flags } from './failures/flags.mjs'
import { removeCertificate } from './failures/forge.mjs'
import { removeGitRoots } from './failures/git-server.mjs'
import { hostile } from './failures/hostile.mjs'
import { endAll } from './failures/launch.mjs'
import { names } from './failures/names.mjs'
import { network } from './failures/network.mjs'
import { renderPage } from './failures/page.mjs'
import { installPrograms, removePrograms } from './failures/programs.mjs'
import { isRoot, removeAllScenes } from './failures/scene.mjs'
import { signals } from './failures/signals.mjs'
import { terminals } from './failures/terminals.mjs'
import { onInterruption } from './lib/interruption.mjs'
import { describeMachine } from './lib/machine.mjs'

/**
 * @typedef {import('./failures/attempt.mjs').Situation} Situation
 * @typedef {import('./failures/programs.mjs').Program} Program
 */

const repository = join(dirname(fileURLToPath(import.meta.url)), '..')
const THEMES = [disk, signals, conflicts, terminals, flags, names, network, hostile, abilities]

const wanted = process.argv.slice(2)
const unknown = wanted.find((id) => !THEMES.some((theme) => theme.id === id))
if (unknown) {
  console.error(`There is no theme "${unknown}". There are: ${THEMES.map(({ id }) => id).join(', ')}.`)
  process.exit(2)
}

onInterruption(clear)
try {
  await main(await installPrograms())
} finally {
  clear()
}

/** @param {Program[]} programs */
async function main(programs) {
  const began = performance.now()
  const themes = []
  for (const theme of THEMES.filter(({ id }) => wanted.length === 0 || wanted.includes(id))) {
    const rows = []
    for (const situation of theme.situations) rows.push(await fill(situation, programs))
    themes.push({ id: theme.id, title: theme.title, intro: theme.intro, rows })
  }
  /** @type {import('./failures/page.mjs').Results} */
  const results = {
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    node: process.versions.node,
    minutes: Number(((performance.now() - began) / 60_000).toFixed(1)),
    programs: programs.map(({ name, version }) => ({ name, version })),
    themes,
  }
  const page = renderPage(results)
  if (wanted.length > 0) {
    console.log(page)
    return
  }
  mkdirSync(join(repository, 'bench/results'), { recursive: true })
  writeFileSync(join(repository, 'bench/results/failures.json'), `${JSON.stringify(results, null, 1)}\n`)
  writeFileSync(join(repository, 'docs/failures.md'), page)
}

/**
 * One row: every program in the same situation.
 * @param {Situation} situation
 * @param {Program[]} programs
 */
async function fill({ id, title, run, needsRoot, atOnce = 2 }, programs) {
  const began = performance.now()
  /** @type {{ [program: string]: import('./failures/cell.mjs').Cell }} */
  const cells = {}
  const waiting = [...programs]
  const work = async () => {
    for (let program = waiting.shift(); program; program = waiting.shift())
      cells[program.name] = needsRoot && !isRoot ? notRun('only root can make it') : await run(program).catch(blame)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  console.error(`${title}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
  return { id, title, cells }
}

/** A situation that could not be made is not run, and no reason to lose all others. @param {unknown} error */
function blame(error) {
  console.error(error)
  process.exitCode = 1
  return notRun(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error))
}

function clear() {
  endAll()
  removeCertificate()
  removeGitRoots()
  removeAllScenes()
  removePrograms()
}

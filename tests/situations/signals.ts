import { lstatSync, readdirSync, watch } from 'node:fs'
import { join } from 'node:path'
import type { Ended, Running } from '../support/launch.ts'
import { type Cell, cellOf, inWords, isFalseSuccess, mark } from './cell.ts'
import { judge } from './judge.ts'
import type { Program } from './program.ts'
import { referenceOf } from './reference.ts'
import { Scene } from './scene.ts'
import type { Theme } from './situation.ts'
import { look, type Tree } from './tree.ts'

const MOMENTS = 20

/** The last moments lie just after the usual end, for runs that take longer than usual. */
const BEYOND = 1.2

/** How the signal comes: Ctrl-C goes to all of the terminal's group, the others to the program alone. */
const SEND: { [signal: string]: (running: Running) => void } = {
  SIGINT: ({ end }) => end('SIGINT'),
  SIGTERM: ({ pid }) => process.kill(pid, 'SIGTERM'),
  SIGKILL: ({ pid }) => process.kill(pid, 'SIGKILL'),
}

/**
 * At any moment: whole, or not there. A project that is whole stays, whatever ends the program then. After SIGKILL something may
 * be left, which the next run takes away.
 */
const OURS: { [signal: string]: RegExp } = {
  SIGINT: /^\d+ × (130, nothing|SIGINT, whole|0, whole)$/,
  SIGTERM: /^\d+ × (143, nothing|SIGTERM, whole|0, whole)$/,
  SIGKILL: /^\d+ × (SIGKILL, (nothing|whole)(, left `\.create-nix-jupyter-…`)?|0, whole)$/,
}

export const signals: Theme = {
  id: 'signals',
  title: 'The program is ended while it writes',
  intro: `${MOMENTS} runs each. The signal comes at moments that lie evenly between the first thing on the disk and the last,
and a little beyond. Ctrl-C (SIGINT) goes to the program and its children, as in a terminal; SIGTERM and SIGKILL go to the program
alone. *Again* is the same command once more after each SIGKILL that left no whole project.`,
  situations: [
    ...Object.keys(SEND).map((signal) => ({
      id: signal.toLowerCase(),
      title: signal === 'SIGINT' ? 'SIGINT (Ctrl-C)' : signal,
      ours: OURS[signal] ?? '',
      run: async (program: Program) => (await atAllMoments(program, signal)).ended,
    })),
    {
      id: 'again',
      ours: /^(\d+ × 0, whole|never needed)$/,
      title: 'again after SIGKILL',
      run: async (program) => (await atAllMoments(program, 'SIGKILL')).again,
    },
  ],
}

export type Ends = { ended: Cell; again: Cell }

const known: Map<string, Promise<Ends>> = new Map()

function atAllMoments(program: Program, signal: string) {
  const key = `${program.name} ${signal}`
  const ends = known.get(key) ?? tryAllMoments(program, signal)
  known.set(key, ends)
  return ends
}

async function tryAllMoments(program: Program, signal: string): Promise<Ends> {
  const writing = await measureWriting(program)
  const ended = []
  const again = []
  for (let moment = 0; moment < MOMENTS; moment += 1) {
    const scene = new Scene(program)
    try {
      const before = look(scene.box)
      const cell = await interrupt(scene, signal, (BEYOND * writing * moment) / (MOMENTS - 1))
      ended.push(cell)
      if (signal !== 'SIGKILL' || cell.evidence?.[0]?.verdict?.state === 'whole') continue
      again.push(await verdictOn(scene, before, await scene.run(program.make('app'))))
    } finally {
      scene.remove()
    }
  }
  return { ended: inSum(ended), again: again.length > 0 ? inSum(again) : { text: 'never needed' } }
}

async function verdictOn(scene: Scene, before: Tree, ended: Ended) {
  const references = [await referenceOf(scene.program)]
  return cellOf(ended, judge({ box: scene.box, before, project: join(scene.here, 'app'), references }))
}

/**
 * Start the program, and send the signal so long after the first thing is on the disk.
 * @param delay milliseconds
 */
async function interrupt(scene: Scene, signal: string, delay: number) {
  const before = look(scene.box)
  const { running, first } = beginWatched(scene)
  await Promise.race([first, running.ended])
  if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
  try {
    SEND[signal]?.(running)
  } catch {
    // It was faster, and has ended.
  }
  return verdictOn(scene, before, await running.ended)
}

/** The milliseconds from the first thing on the disk to the last in an ordinary run: the median of three. */
async function measureWriting(program: Program) {
  const samples = []
  for (let round = 0; round < 3; round += 1) {
    const scene = new Scene(program)
    try {
      const { running, first } = beginWatched(scene)
      await first
      const began = Date.now()
      await running.ended
      const changes = readdirSync(scene.box, { recursive: true, encoding: 'utf8' })
      samples.push(Math.max(...changes.map((path) => lstatSync(join(scene.box, path)).ctimeMs)) - began)
    } finally {
      scene.remove()
    }
  }
  return samples.sort((a, b) => a - b)[1] ?? 0
}

/** Start an ordinary run, and see when the first thing is on the disk. */
function beginWatched(scene: Scene) {
  const watcher = watch(scene.here)
  const first = new Promise((resolve) => watcher.once('change', resolve))
  const running = scene.begin(scene.program.make('app'))
  running.ended.finally(() => watcher.close())
  return { running, first }
}

/** How often which end was reached. */
function inSum(cells: Cell[]): Cell {
  const evidence = cells.flatMap((cell) => cell.evidence ?? [])
  const counts: Map<string, number> = new Map()
  let falseSuccesses = 0
  for (const { exit, verdict } of evidence) {
    if (!verdict) continue
    const isFalse = isFalseSuccess({ code: exit === '0' ? 0 : 1, signal: null, hangs: false, output: '' }, verdict)
    if (isFalse) falseSuccesses += 1
    // How much of a half there is, is different every time.
    const words = inWords(verdict).replace(/ \(\d+ of \d+ files\)/, '')
    const key = mark(`${exit}, ${words}`, isFalse)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const lines = [...counts].sort(([, a], [, b]) => b - a).map(([key, count]) => `${count} × ${key}`)
  return {
    text: lines.join('<br>'),
    falseSuccess: falseSuccesses > 0,
    hangs: cells.some(({ hangs }) => hangs),
    half: cells.some(({ half }) => half),
    lost: cells.some(({ lost }) => lost),
    trace: cells.some(({ trace }) => trace),
    runs: evidence.map(({ exit, verdict }) => (verdict ? `${exit}, ${inWords(verdict)}` : exit)),
  }
}

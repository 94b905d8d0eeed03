import { resolve } from 'node:path'
import { writeFiles } from '../support/home.ts'
import type { Ended, Start } from '../support/launch.ts'
import { type Cell, cellOf } from './cell.ts'
import { judge, type Mine } from './judge.ts'
import type { Program } from './program.ts'
import { type Kind, referenceOf } from './reference.ts'
import { Scene } from './scene.ts'
import { look } from './tree.ts'

/** A situation is a row of the table. */
export type Situation = {
  id: string
  title: string
  /** What the cell of our program says; where it has many lines, what each of them says. */
  ours: string | RegExp
  run: (program: Program) => Promise<Cell>
  needsRoot?: boolean
  /** how many programs are run at the same time */
  atOnce?: number
}

/** A theme is a table. */
export type Theme = { id: string; title: string; intro: string; situations: Situation[] }

/** One run in a fresh place. */
export type Attempt = {
  /** otherwise those of an ordinary run */
  words?: string[]
  /** of the project */
  name?: string
  /** where it should be, when that is not its name */
  directory?: string
  /** what would be whole; an empty list says that nothing can be */
  kinds?: Kind[]
  /** files that are in the directory already */
  mine?: Record<string, string>
  prepare?: (scene: Scene) => void
  /** after it */
  mineToo?: (scene: Scene) => Mine
  how?: Partial<Start>
  /** the command in another one */
  wrap?: (command: string[], scene: Scene) => string[]
  /** what was answered */
  chosen?: string[]
  notes?: (ended: Ended, scene: Scene) => string[]
}

const DEFAULTS: Kind[] = ['make', 'defaults']

export async function attempt(program: Program, attempt: Attempt = {}): Promise<Cell> {
  const { name = 'app', kinds = ['make'], mine = {}, chosen = [] } = attempt
  const references = await Promise.all(kinds.map((kind) => referenceOf(program, kind)))
  const others = await Promise.all(
    DEFAULTS.filter((kind) => !kinds.includes(kind)).map((kind) => referenceOf(program, kind)),
  )
  const words = attempt.words ?? program.make(name)
  const scene = new Scene(program)
  try {
    const project = resolve(scene.here, attempt.directory ?? name)
    writeFiles(project, mine)
    attempt.prepare?.(scene)
    const all = { ...mine, ...attempt.mineToo?.(scene) }
    const before = look(scene.box)
    const command = scene.command(words)
    const ended = await scene.run(words, { command: attempt.wrap?.(command, scene) ?? command, ...attempt.how })
    const verdict = judge({ box: scene.box, before, project, references, others, mine: all })
    return cellOf(ended, verdict, { words: [...words, ...chosen], notes: attempt.notes?.(ended, scene) ?? [] })
  } finally {
    scene.remove()
  }
}

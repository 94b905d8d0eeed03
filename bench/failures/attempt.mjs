import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { cellOf } from './cell.mjs'
import { look } from './disk-state.mjs'
import { judge } from './judge.mjs'
import { referenceOf } from './reference.mjs'
import { Scene } from './scene.mjs'

/**
 * A situation is a row of the table, a theme is a table.
 * @typedef {import('./programs.mjs').Program} Program
 * @typedef {import('./cell.mjs').Cell} Cell
 * @typedef {import('./launch.mjs').Ended} Ended
 *
 * @typedef {object} Situation
 * @property {string} id
 * @property {string} title
 * @property {(program: Program) => Promise<Cell>} run
 * @property {boolean} [needsRoot]
 * @property {number} [atOnce] how many programs are run at the same time
 *
 * @typedef {{ id: string, title: string, intro: string, situations: Situation[] }} Theme
 *
 * One run in a fresh place.
 * @typedef {object} Attempt
 * @property {string[]} [words] otherwise those of an ordinary run
 * @property {string} [name] of the project
 * @property {string} [folder] where it should be, when that is not its name
 * @property {import('./reference.mjs').Kind[]} [kinds] what would be whole; an empty list says that nothing can be
 * @property {{ [path: string]: string }} [mine] files that are in the folder already
 * @property {(scene: Scene) => void} [prepare]
 * @property {(scene: Scene) => import('./judge.mjs').Mine} [mineToo] after it
 * @property {Partial<import('./launch.mjs').Start>} [how]
 * @property {(command: string[], scene: Scene) => string[]} [wrap] the command in another one
 * @property {string[]} [chosen] what was answered
 * @property {(ended: Ended, scene: Scene) => string[]} [notes]
 */

/** @type {import('./reference.mjs').Kind[]} */
const DEFAULTS = ['make', 'defaults']

/** @param {Program} program @param {Attempt} [attempt] @returns {Promise<Cell>} */
export async function attempt(program, attempt = {}) {
  const { name = 'app', kinds = ['make'], mine = {}, chosen = [] } = attempt
  const references = await Promise.all(kinds.map((kind) => referenceOf(program, kind)))
  const others = await Promise.all(
    DEFAULTS.filter((kind) => !kinds.includes(kind)).map((kind) => referenceOf(program, kind)),
  )
  const words = attempt.words ?? program.make(name)
  const scene = new Scene(program)
  try {
    const project = resolve(scene.here, attempt.folder ?? name)
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

/** @param {string} folder @param {{ [path: string]: string }} files */
export function writeFiles(folder, files) {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
}

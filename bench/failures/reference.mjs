import { join } from 'node:path'
import { filesOf, look } from './disk-state.mjs'
import { Scene } from './scene.mjs'

/**
 * What a project is when nothing goes wrong.
 * @typedef {object} Reference
 * @property {import('./disk-state.mjs').Tree} files
 * @property {Set<string>} varying from run to run with the same name
 * @property {Set<string>} naming the project: other bytes where it has another name
 * @property {string} output
 *
 * @typedef {'make' | 'other' | 'defaults'} Kind
 */

/** @type {Map<string, Promise<Reference>>} */
const known = new Map()

/**
 * @param {import('./programs.mjs').Program} program
 * @param {Kind} [kind]
 * @returns {Promise<Reference>}
 */
export function referenceOf(program, kind = 'make') {
  const key = `${program.name} ${kind}`
  const found = known.get(key) ?? takeReference(program, kind)
  known.set(key, found)
  return found
}

/**
 * Three ordinary runs: two with the same name, and one with another.
 * @param {import('./programs.mjs').Program} program
 * @param {Kind} kind
 * @returns {Promise<Reference>}
 */
async function takeReference(program, kind) {
  const first = await ordinaryRun(program, kind, 'app')
  const again = await ordinaryRun(program, kind, 'app')
  const renamed = await ordinaryRun(program, kind, 'something-else')
  const varying = differing(first.files, again.files)
  const naming = differing(first.files, renamed.files)
  return { files: first.files, varying, naming, output: first.output }
}

/**
 * @param {import('./programs.mjs').Program} program
 * @param {Kind} kind
 * @param {string} name
 */
async function ordinaryRun(program, kind, name) {
  const scene = new Scene(program)
  try {
    const { code, output } = await scene.run(program[kind](name))
    const files = filesOf(look(join(scene.here)), name)
    if (code !== 0 || files.size === 0) throw new Error(`${program.name} fails when nothing is wrong:\n${output}`)
    return { files, output }
  } finally {
    scene.remove()
  }
}

/**
 * @param {import('./disk-state.mjs').Tree} one
 * @param {import('./disk-state.mjs').Tree} two
 */
function differing(one, two) {
  if ([...one.keys()].join('\n') !== [...two.keys()].join('\n'))
    throw new Error('two ordinary runs made different files')
  return new Set([...one].filter(([path, { content }]) => two.get(path)?.content !== content).map(([path]) => path))
}

import { plain } from './cell.mjs'
import { look } from './disk-state.mjs'
import { referenceOf } from './reference.mjs'
import { Scene } from './scene.mjs'

/**
 * @typedef {import('./attempt.mjs').Program} Program
 * @typedef {import('./cell.mjs').Cell} Cell
 */

/** @type {import('./attempt.mjs').Theme} */
export const abilities = {
  id: 'abilities',
  title: 'What helps before and after',
  intro: `Found out by doing it. *Dry run*: an ordinary run with \`--dry-run\` ends with 0, makes nothing, and names the files. *JSON*:
with \`--json\`, what it prints is JSON. *Doctor* and *update*: the help names a command for it. *The same again*: what it prints
holds its own name and exact version.`,
  situations: [
    { id: 'dry-run', title: 'a dry run that names the files', run: dryRun },
    { id: 'json', title: 'a result for programs (JSON)', run: json },
    { id: 'doctor', title: 'a doctor', run: (program) => commandFor(program, /^\s+(doctor|info)\b/m) },
    {
      id: 'update',
      title: 'an update of a project',
      run: (program) => commandFor(program, /^\s+(upgrade|update|migrate)\b/m),
    },
    {
      id: 'again',
      title: 'the command that makes the same again',
      run: async (program) => {
        const { output } = await referenceOf(program)
        const package_ = program.name.replace(/^create-/, '')
        return yesOrNo(output.includes(`${package_}@${program.version}`))
      },
    },
  ],
}

/** @param {Program} program @returns {Promise<Cell>} */
async function dryRun(program) {
  const { files } = await referenceOf(program)
  const { box, code, output, before, scene } = await runIn(program, [...program.make('app'), '--dry-run'])
  try {
    const named = [...files.keys()].filter((path) => output.includes(path)).length
    return yesOrNo(code === 0 && look(box).size === before && named > files.size / 2)
  } finally {
    scene.remove()
  }
}

/** @param {Program} program @returns {Promise<Cell>} */
async function json(program) {
  const { stdout, scene } = await runIn(program, [...program.make('app'), '--json'])
  scene.remove()
  try {
    return yesOrNo(typeof JSON.parse(stdout) === 'object')
  } catch {
    return yesOrNo(false)
  }
}

/** @param {Program} program @param {RegExp} pattern @returns {Promise<Cell>} */
async function commandFor(program, pattern) {
  const { output, scene } = await runIn(program, ['--help'])
  scene.remove()
  const command = pattern.exec(plain(output))?.[1]
  return { text: command ? `\`${command}\`` : 'no' }
}

/** @param {Program} program @param {string[]} words */
async function runIn(program, words) {
  const scene = new Scene(program)
  const before = look(scene.box).size
  const { code, output, stdout } = await scene.run(words)
  return { scene, box: scene.box, before, code, output, stdout }
}

/** @param {boolean} answer @returns {Cell} */
function yesOrNo(answer) {
  return { text: answer ? 'yes' : 'no' }
}

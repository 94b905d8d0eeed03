import { join } from 'node:path'
import { exitOf, inWords, isFalseSuccess, mark } from './cell.mjs'
import { look } from './disk-state.mjs'
import { judge } from './judge.mjs'
import { referenceOf } from './reference.mjs'
import { Scene } from './scene.mjs'

const ROUNDS = 5

/**
 * Two runs at the same time into the same new folder, each for another project: at most one of them can have made its own.
 * @param {import('./attempt.mjs').Program} program
 * @returns {Promise<import('./cell.mjs').Cell>}
 */
export async function twoAtOnce(program) {
  const kinds = /** @type {const} */ (['make', 'other'])
  const references = await Promise.all(kinds.map((kind) => referenceOf(program, kind)))
  /** @type {import('./cell.mjs').Cell[]} */
  const rounds = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const scene = new Scene(program)
    try {
      const before = look(scene.box)
      const ended = await Promise.all(kinds.map((kind) => scene.run(program[kind]('app'))))
      const project = join(scene.here, 'app')
      const verdicts = references.map((reference) =>
        judge({ box: scene.box, before, project, references: [reference] }),
      )
      const falseSuccess = ended.some((end, index) => {
        const verdict = verdicts[index]
        return verdict && isFalseSuccess(end, verdict)
      })
      const made = verdicts.find(({ state }) => state === 'whole') ?? verdicts[0]
      const exits = ended.map(exitOf).sort().join(' and ')
      const state = made?.state === 'half' ? 'mixed' : made ? inWords(made) : ''
      rounds.push({
        text: mark(`${exits}, ${state}`, falseSuccess),
        falseSuccess,
        half: made?.state === 'half',
        hangs: ended.some(({ hangs }) => hangs),
        runs: [`${exits}, ${state}`],
      })
    } finally {
      scene.remove()
    }
  }
  const counts = new Map(rounds.map(({ text }) => [text, rounds.filter((round) => round.text === text).length]))
  return {
    text: [...counts].map(([text, count]) => `${count} × ${text}`).join('<br>'),
    falseSuccess: rounds.some(({ falseSuccess }) => falseSuccess),
    half: rounds.some(({ half }) => half),
    hangs: rounds.some(({ hangs }) => hangs),
    runs: rounds.flatMap(({ runs }) => runs ?? []),
  }
}

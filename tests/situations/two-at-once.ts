import { join } from 'node:path'
import { type Cell, exitOf, inWords, isFalseSuccess, mark } from './cell.ts'
import { judge } from './judge.ts'
import type { Program } from './program.ts'
import { referenceOf } from './reference.ts'
import { Scene } from './scene.ts'
import { look } from './tree.ts'

const ROUNDS = 5

/** Two runs at once into the same new directory, each for another project: at most one can have made its own. */
export async function twoAtOnce(program: Program): Promise<Cell> {
  const kinds = ['make', 'other'] as const
  const references = await Promise.all(kinds.map((kind) => referenceOf(program, kind)))
  const rounds: Cell[] = []
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

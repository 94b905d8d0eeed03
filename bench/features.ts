// What features cost at the start, each project measured against one without, in one run on one machine:
//   npm run bench:features                all features that JupyterLab may load; writes bench/results/features.json
//   npm run bench:features -- lsp         these features; prints only
// Then `npm run features-page`, which takes the numbers into docs/features.md.
import { describeMachine } from './lib/machine.ts'
import { onInterruption, refuseOthers, step, writeResults } from './lib/report.ts'
import { World } from './lib/world.ts'
import { loadingFeatures, measureFeatures } from './measures/features.ts'

const ROUNDS = 5

const known = loadingFeatures()
const words = process.argv.slice(2)
refuseOthers(words, known)
const chosen = known.filter(({ id }) => words.length === 0 || words.includes(id))

const machine = describeMachine()
const world = await step('getting ready', () => World.make())
onInterruption(() => world.remove())
try {
  const measured = await measureFeatures(world, chosen, ROUNDS)
  const results = { date: new Date().toISOString().slice(0, 10), machine, rounds: ROUNDS, ...measured }
  writeResults('features', results, undefined, JSON.stringify(results, null, 2), words.length > 0)
} finally {
  await step('removing it all', () => world.remove())
}

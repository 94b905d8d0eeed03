// What the tiers cost, each measured against what it could have been instead, in one run on one machine:
//   npm run bench:tiers                   all tiers; writes bench/results/tiers.json and docs/measurements.md
//   npm run bench:tiers -- minimal uv     these tiers; prints only
//   npm run bench:tiers -- --quick        few rounds, to see that it works; prints only
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writePeers } from './lib/flakes.ts'
import { describeMachine } from './lib/machine.ts'
import { type Results, renderPage, type Tier } from './lib/page.ts'
import { Project } from './lib/project.ts'
import { onInterruption, refuseOthers, step, writeResults } from './lib/report.ts'
import { World } from './lib/world.ts'
import { measureEntry, SMALL_REQUIREMENTS } from './measures/entry.ts'
import { measureEvaluation } from './measures/evaluation.ts'
import { fillPosts, lockedRequirements, measureFill } from './measures/fill.ts'
import { measureServers } from './measures/servers.ts'
import { countFiles, measureClosures, measureFirstCell } from './measures/waiting.ts'

const QUICK = { entry: 2, evaluation: 2, servers: 1, coldFill: 1, warmFill: 1, firstCell: 1 }
const THOROUGH = { entry: 10, evaluation: 10, servers: 3, coldFill: 1, warmFill: 2, firstCell: 2 }

const known = readTiers()
const words = process.argv.slice(2)
const ROUNDS = words.includes('--quick') ? QUICK : THOROUGH
const wanted = words.filter((word) => word !== '--quick')
refuseOthers(wanted, known)
const chosen = known.filter((tier) => wanted.length === 0 || wanted.includes(tier.id))

const machine = describeMachine()
const world = await step('getting ready', () => World.make())
onInterruption(() => world.remove())
try {
  await main()
} finally {
  await step('removing it all', () => world.remove())
}

async function main() {
  const results: Results = {
    date: new Date().toISOString().slice(0, 10),
    machine,
    versions: { nix: world.nix.version, node: process.versions.node },
    nixpkgs: 'stand-in',
    rounds: ROUNDS,
    tiers: {},
  }
  for (const tier of chosen) {
    results.tiers[tier.id] = await measure(tier.id)
  }
  writeResults('tiers', results, 'measurements.md', renderPage(results), words.length > 0)
}

async function measure(tier: string): Promise<Tier> {
  // The packages from Nix are to lie in the store before any clock runs. This does not run the shell's hook.
  const { project: first } = await Project.create(world, tier, `${tier}-first`)
  const built = await step(`${tier}: building`, () => world.tryNix(['print-dev-env'], first.directory))
  if (built.code !== 0) {
    const peers = await writePeers(first, SMALL_REQUIREMENTS)
    return {
      notRun: /error: (\S+ is not built offline)/.exec(built.stderr)?.[1] ?? 'its shell could not be built',
      size: await countFiles(first),
      evaluation: await measureEvaluation(first, peers, ROUNDS.evaluation),
    }
  }

  const { project, milliseconds: firstCell } = await step(`${tier}: first cell`, () =>
    measureFirstCell(world, tier, ROUNDS.firstCell),
  )
  const shell = await project.shell()
  const hasVenv = shell.hasVenv()
  const requirements = hasVenv ? await lockedRequirements(project, shell) : SMALL_REQUIREMENTS
  const peers = await writePeers(project, requirements)
  const result: Tier = {
    python: shell.facts.pythonVersion,
    size: await countFiles(project),
    closure: await measureClosures(project, peers),
    firstCell,
    evaluation: await step(`${tier}: evaluation`, () => measureEvaluation(project, peers, ROUNDS.evaluation)),
  }
  const { uv } = shell.facts
  if (hasVenv && uv) {
    const installer = await world.mustNix(['develop', '--command', 'sh', '-c', 'command -v python3'], peers.installer)
    const python = installer.stdout.trim()
    const file = join(peers.posts, 'requirements.txt')
    const rounds = { cold: ROUNDS.coldFill, warm: ROUNDS.warmFill }
    result.fill = await step(`${tier}: uv against pip`, () =>
      measureFill(project, { uv, python, requirements: file, rounds }),
    )
    await fillPosts(project, { uv, python, directory: peers.posts })
  }
  const entry = { rounds: ROUNDS.entry, hasVenv }
  result.entry = await step(`${tier}: entering`, () => measureEntry(project, peers, entry))
  const servers = await step(`${tier}: starting, stopping`, () => measureServers(project, shell, ROUNDS.servers))
  return { ...result, ...servers }
}

/** @returns in the order of the templates' manifests */
function readTiers(): { id: string; order: number }[] {
  const directory = join(import.meta.dirname, '../templates')
  return readdirSync(directory)
    .map((name) => join(directory, name, 'template.json'))
    .filter((manifest) => existsSync(manifest))
    .map((manifest) => JSON.parse(readFileSync(manifest, 'utf8')))
    .sort((a, b) => a.order - b.order)
}

// `npm test`: installs what the tests need, runs them all, and ends with one line over everything.
import './check-node.mjs'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cache } from '../tests/support/cache.mjs'
import { inMemory } from './in-memory.mjs'
import { installDependencies } from './install.mjs'
import { takeReports } from './reports.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const reports = join(root, '.reports')

/** What npm has installed, without npm, which takes a third of a second to find it. */
const installed = (name) => join(root, 'node_modules/.bin', name)

/** Where the program is as npm publishes it: packed once, for all suites that drive it (tests/support/pack.ts). */
const packed = mkdtempSync(join(tmpdir(), 'nix-jupyter-packed-'))
process.once('exit', () => rmSync(packed, { recursive: true }))

/** Each is a command that has to end with 0. */
const CHECKS = [
  ['format and lint', [installed('biome'), 'ci', '--error-on-warnings', '.']],
  ['types', [installed('turbo'), 'run', 'typecheck', '--output-logs=errors-only']],
  ['build', [installed('turbo'), 'run', 'build', '--output-logs=errors-only']],
  ['unused code', [installed('knip')]],
  [
    'packing',
    [
      'npm',
      'pack',
      '--workspace=create-nix-jupyter',
      '--ignore-scripts',
      '--loglevel=error',
      `--pack-destination=${packed}`,
    ],
  ],
]

// Many tests wait, for a program to start or to end: more of them run at once than there are cores.
const atOnce = Math.max(3, availableParallelism() - 1)

const testReporters = [
  ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
  ...['--test-reporter=junit', `--test-reporter-destination=${join(reports, 'scripts.xml')}`],
]

/** Its name, its command, and which reports in .reports/ it writes: the numbers at the end are theirs. */
const THE_STAND_IN = [
  'the stand-in for nixpkgs',
  [installed('vitest'), 'run', '--config', 'tests/nixpkgs/vitest.config.ts'],
  ['nixpkgs'],
]
const LAB = ['lab', ['tests/lab/run', `--junitxml=${join(reports, 'lab.xml')}`], ['lab']]
const THE_SCRIPTS = [
  'the scripts of this repository',
  ['node', '--test', `--test-concurrency=${atOnce}`, ...testReporters, ...scriptTests()],
  ['scripts'],
]
// The program is built by then, and must not be built again while tests use it: `--only`.
const turboFlags = ['--only', '--continue', '--output-logs=full', '--log-order=stream']
const tiers = readdirSync(join(root, 'templates'))
const THE_TIERS = [
  'every tier',
  [installed('turbo'), 'run', 'test:integration', `--concurrency=${atOnce + 2}`, ...turboFlags],
  tiers,
]
const THE_PROGRAM = ['the program', [installed('turbo'), 'run', 'test', ...turboFlags], ['create-nix-jupyter']]

/**
 * What runs side by side: lanes, in each of them one suite after the other. A tier runs one file or two at a time, and waits for
 * much, so the tiers begin and run all at once. `lab` takes as long as they do, so it is alone in its lane; all others together
 * take no longer: the stand-in, which builds what the tiers need too, the scripts, which wait for npm, and the program.
 */
const LANES = [[THE_TIERS], [LAB], [THE_SCRIPTS, THE_PROGRAM]]

rmSync(reports, { recursive: true, force: true })
mkdirSync(reports)
takeReports(root)

const total = { passed: 0, failed: 0, skipped: 0 }
const failures = []
const seconds = []
const counted = new Map()

const nixpkgs = process.env.TEST_NIXPKGS ?? (hasNixForNixpkgs() && (await reachesNixpkgs()) ? 'real' : 'offline')
process.env.TEST_NIXPKGS = nixpkgs
// Tests that pack the program need not build it, which would change it under the hands of others.
process.env.PROGRAM_IS_BUILT = 'yes'
process.env.PACKED_PROGRAM = packed
if (nixpkgs === 'offline') LANES[2].unshift(THE_STAND_IN)
// What is provisioned is mostly waited for, a network and one compiler, and neither npm nor the checks need any of it.
const provisioned = step('what the tests need', [join(root, 'tests/provision/provision')])
installDependencies(root)
const [isProvisioned] = await Promise.all([provisioned, runChecks()])
if (!isProvisioned) {
  console.log('\nThe tests cannot run without it; the lines above say what is missing and how to get it.')
  process.exit(1)
}
const endings = await Promise.all(LANES.map(runLane))
const notRun = []
for (const { name, numbers, failed, notRun: left } of takeReports(root)) {
  notRun.push(...left.map((test) => `${name}: ${test}`))
  for (const key of Object.keys(total)) total[key] += numbers[key]
  for (const test of failed) failures.push(`${name}: ${test}`)
  counted.set(name, numbers)
}
// A runner that fell over before it could write its report has failed as well.
for (const { name, good, writes } of endings.flat()) {
  if (!good && !writes.some((report) => counted.get(report)?.failed > 0)) fail(`${name}: the runner`)
}

console.log(`\n${seconds.join('\n')}`)
console.log(integrationLine())
for (const test of notRun) console.log(`NOT RUN ${test}`)
for (const failure of failures) console.log(`FAILED ${failure}`)
// Again in short: where only the last lines are kept, all of the names are among them.
if (failures.length > 3) console.log(failures.map((failure) => `  ${failure.slice(0, 75)}`).join('\n'))
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exit(total.failed === 0 ? 0 : 1)

async function runChecks() {
  for (const [name, command] of CHECKS) {
    if (await step(name, command, { quiet: true })) total.passed += 1
    else fail(name)
  }
}

/** By name: Node 22 and newer take a directory for a test that is not there. */
function scriptTests() {
  const directory = join(root, 'scripts/test')
  return readdirSync(directory)
    .filter((name) => name.endsWith('.test.mjs'))
    .map((name) => join(directory, name))
}

function fail(name) {
  total.failed += 1
  failures.push(name)
}

/** One suite after the other. The output of the first lane is shown as it comes, that of another when a suite has ended. */
async function runLane(suites, lane) {
  const endings = []
  for (const [name, command, writes] of suites) {
    const { command: withDisk, env } = inMemory(command)
    endings.push({ name, writes, good: await step(name, withDisk, { quiet: lane > 0, env }) })
  }
  return endings
}

/** Whether a command ended with 0. */
async function step(name, command, { quiet = false, env = process.env } = {}) {
  const title = `\n── ${name}`
  if (!quiet) console.log(title)
  const started = Date.now()
  const output = quiet ? 'pipe' : 'inherit'
  const [file, ...args] = command
  const child = spawn(file, args, { cwd: root, env, stdio: ['ignore', output, output] })
  const text = [`${title}\n`]
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (part) => text.push(part))
  // A command that is not there is one that failed.
  const [code] = await once(child, 'close').catch((error) => [text.push(`${error.message}\n`)])
  if (quiet) process.stdout.write(text.join(''))
  seconds.push(`${String(Math.round((Date.now() - started) / 1000)).padStart(5)} s  ${name}`)
  return code === 0
}

/** nixpkgs refuses a Nix older than 2.18 (its lib/minver.nix), and Debian 12 has 2.8. */
function hasNixForNixpkgs() {
  const { stdout } = spawnSync('nix', ['--version'], { encoding: 'utf8' })
  const [, major, minor] = /(\d+)\.(\d+)/.exec(stdout ?? '') ?? []
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 18)
}

/** Whether the pinned nixpkgs can be fetched, and what is built of it: asked once, as Nix would. */
async function reachesNixpkgs() {
  const { locked } = JSON.parse(readFileSync(join(root, 'templates/shared/flake.lock'), 'utf8')).nodes.nixpkgs
  const source = `https://github.com/${locked.owner}/${locked.repo}/archive/${locked.rev}.tar.gz`
  const answers = [source, 'https://cache.nixos.org/nix-cache-info'].map(async (address) => {
    const { ok } = await fetch(address, { method: 'HEAD', signal: AbortSignal.timeout(20_000) })
    return ok
  })
  return Promise.all(answers).then(
    (all) => all.every((ok) => ok),
    () => false,
  )
}

/** How many integration tests ran, on which nixpkgs, with which Nix. */
function integrationLine() {
  const ran = tiers.filter((name) => counted.has(name))
  const passed = ran.reduce((sum, name) => sum + counted.get(name).passed, 0)
  const { nix } = JSON.parse(readFileSync(join(cache, 'environment.json'), 'utf8'))
  const versions = nix.map(({ version }) => version).join(' and ')
  return `${passed} integration tests passed over ${ran.length} tiers, on the ${nixpkgs} nixpkgs, with Nix ${versions}`
}

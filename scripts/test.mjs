// `npm test`: installs what the tests need, runs them all, and ends with one line over everything.
import './check-node.mjs'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, homedir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installDependencies } from './install.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const reports = join(root, '.reports')

/** Each is a command that has to end with 0. */
const CHECKS = [
  ['format and lint', ['npx', 'biome', 'ci', '--error-on-warnings', '.']],
  ['types', ['npx', 'turbo', 'run', 'typecheck', '--output-logs=errors-only']],
  ['build', ['npx', 'turbo', 'run', 'build', '--output-logs=errors-only']],
]

// Suites run one after the other. Within each a few tests run at once: many of them wait for a program to start or to end.
// Of the tiers one more: the last ones would otherwise have the machine for themselves.
const atOnce = Math.max(3, availableParallelism() - 1)

const testReporters = [
  ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
  ...['--test-reporter=junit', `--test-reporter-destination=${join(reports, 'scripts.xml')}`],
]

/** Each writes a report into .reports/, which is where the numbers at the end come from. */
const SUITES = [
  [
    'the scripts of this repository',
    ['node', '--test', `--test-concurrency=${atOnce}`, ...testReporters, ...scriptTests()],
  ],
  ['lab', ['tests/lab/run', `--junitxml=${join(reports, 'lab.xml')}`]],
  ['the program', ['npx', 'turbo', 'run', 'test', '--concurrency=1', '--output-logs=full', '--log-order=stream']],
  [
    'every tier',
    ['npx', 'turbo', 'run', 'test:integration', `--concurrency=${atOnce + 1}`, '--continue', '--log-order=stream'],
  ],
]

installDependencies(root)
rmSync(reports, { recursive: true, force: true })
mkdirSync(reports)
for (const [, file] of reportFiles()) rmSync(file)

const total = { passed: 0, failed: 0, skipped: 0 }
const failures = []
const seconds = []
const counted = new Map()

const nixpkgs = process.env.TEST_NIXPKGS ?? (hasNixForNixpkgs() && (await reachesNixpkgs()) ? 'real' : 'offline')
process.env.TEST_NIXPKGS = nixpkgs
// Tests that pack the program need not build it, which would change it under the hands of others.
process.env.PROGRAM_IS_BUILT = 'yes'
if (!step('what the tests need', [join(root, 'tests/provision/provision')])) {
  console.log('\nThe tests cannot run without it; the lines above say what is missing and how to get it.')
  process.exit(1)
}
if (nixpkgs === 'offline') {
  SUITES.unshift(['the stand-in for nixpkgs', ['npx', 'vitest', 'run', '--config', 'tests/nixpkgs/vitest.config.ts']])
}

for (const [name, command] of CHECKS) {
  if (step(name, command)) total.passed += 1
  else {
    total.failed += 1
    failures.push(name)
  }
}
for (const [name, command] of SUITES) {
  const before = total.failed
  const good = step(name, command)
  addReports()
  // A runner that fell over before it could write its report has failed as well.
  if (!good && total.failed === before) {
    total.failed += 1
    failures.push(`${name}: the runner`)
  }
}

console.log(`\n${seconds.join('\n')}`)
console.log(integrationLine())
for (const failure of failures) console.log(`FAILED ${failure}`)
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exit(total.failed === 0 ? 0 : 1)

/** By name: Node 22 and newer take a folder for a test that is not there. */
function scriptTests() {
  const folder = join(root, 'scripts/test')
  return readdirSync(folder)
    .filter((name) => name.endsWith('.test.mjs'))
    .map((name) => join(folder, name))
}

function step(name, [command, ...args]) {
  console.log(`\n── ${name}`)
  const started = Date.now()
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  seconds.push(`${String(Math.round((Date.now() - started) / 1000)).padStart(5)} s  ${name}`)
  return status === 0
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

/** Take up the numbers of every report that is there, and put it aside. */
function addReports() {
  for (const [name, file] of reportFiles()) {
    const text = readFileSync(file, 'utf8')
    const report = file.endsWith('.json') && JSON.parse(text)
    const numbers = report ? fromVitest(report) : fromJunit(text)
    for (const key of Object.keys(total)) total[key] += numbers[key]
    for (const test of report ? failedInVitest(report) : failedInJunit(text)) failures.push(`${name}: ${test}`)
    counted.set(name, numbers)
    rmSync(file)
  }
}

/** A workspace keeps its report beside itself, so that turbo's cache gives each of them its own back. */
function reportFiles() {
  const workspaces = ['packages', 'templates'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => [name, join(root, folder, name, '.reports')]),
  )
  return [['', reports], ...workspaces].flatMap(([name, folder]) =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((file) => /\.(json|xml)$/.test(file))
          .map((file) => [name || file.replace(/\.\w+$/, ''), join(folder, file)])
      : [],
  )
}

/** A suite that fell over as a whole (an error outside of its tests) counts as one failure. */
function fromVitest({ numPassedTests, numFailedTests, numPendingTests, numTodoTests, success }) {
  const failed = numFailedTests === 0 && !success ? 1 : numFailedTests
  return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests }
}

/** Their full names; a file that fell over outside of its tests is named itself. */
function failedInVitest({ testResults }) {
  return testResults.flatMap(({ name, status, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed').map((test) => test.fullName)
    return failed.length === 0 && status === 'failed' ? [relative(root, name)] : failed
  })
}

/** Their names, as pytest and node write them. */
function failedInJunit(xml) {
  return [...xml.matchAll(/<testcase [^>]*\bname="([^"]*)"[^>]*[^/]>\s*<(?:failure|error)\b/g)].map(([, name]) => name)
}

/** pytest counts in an attribute of its one suite, node in comments at the end. */
function fromJunit(xml) {
  const comment = { tests: 'tests', failures: 'fail', errors: 'cancelled', skipped: 'skipped' }
  const number = (name) => {
    const found = new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"|<!-- ${comment[name]} (\\d+) -->`).exec(xml)
    return Number(found?.[1] ?? found?.[2] ?? 0)
  }
  const failed = number('failures') + number('errors')
  return { passed: number('tests') - failed - number('skipped'), failed, skipped: number('skipped') }
}

/** How many integration tests ran, on which nixpkgs, with which Nix. */
function integrationLine() {
  const tiers = readdirSync(join(root, 'templates')).filter((name) => counted.has(name))
  const passed = tiers.reduce((sum, name) => sum + counted.get(name).passed, 0)
  const cache =
    process.env.CREATE_NIX_JUPYTER_CACHE ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'create-nix-jupyter')
  const { nix } = JSON.parse(readFileSync(join(cache, 'environment.json'), 'utf8'))
  const versions = nix.map(({ version }) => version).join(' and ')
  return `${passed} integration tests passed over ${tiers.length} tiers, on the ${nixpkgs} nixpkgs, with Nix ${versions}`
}

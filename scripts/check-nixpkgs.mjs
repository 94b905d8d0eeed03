// `npm run check:nixpkgs -- TREE [TEMPLATE…]`: whether every template, Python, feature and system evaluates on a nixpkgs that is
// given: a clone, a directory or a tarball; and the flake of this repository, by the name "repository". Nothing is
// built. See docs/maintainers.md.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildProgram } from './build.mjs'
import { evaluate, nix } from './nixpkgs/nix.mjs'
import { copyRepositoryFlake, createProject, installProgram, makeWorld } from './nixpkgs/projects.mjs'

const REPOSITORY = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const SYSTEMS = ['x86_64-linux', 'aarch64-linux', 'aarch64-darwin']
const OUTPUTS = ['devShells', 'apps', 'checks', 'packages', 'formatter']
/** Without these a project is not complete. The other outputs may be empty. */
const NEEDED = { devShells: ['default'], apps: ['default', 'lab', 'start', 'stop'] }

const OWN_FLAKE = 'repository'

const [given, ...only] = process.argv.slice(2)
const templates = manifests('templates', 'template.json').filter(({ id }) => only.length === 0 || only.includes(id))
const features = manifests('features', 'feature.json')
const unknown = only.filter((name) => name !== OWN_FLAKE && !templates.some(({ id }) => id === name))
if (!given || unknown.length > 0) fail(unknown.length > 0 ? `Unknown template: ${unknown.join(', ')}` : '', 2)
const tree = path.resolve(process.env.INIT_CWD ?? '.', given)
if (!existsSync(tree)) fail(`There is no ${tree}.`, 2)

const world = makeWorld()
const problems = []
const rows = []
try {
  if (templates.length > 0) checkTemplates()
  if (only.length === 0 || only.includes(OWN_FLAKE)) checkOwnFlake()
} finally {
  rmSync(world, { recursive: true, force: true })
}
console.log(table([['template', 'Python', 'system', ...OUTPUTS, 'no aliases'], ...rows]))
for (const problem of problems) console.log(`\n${problem}`)
console.log(`\n${rows.length} evaluated, ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1

function checkTemplates() {
  if (!process.env.PROGRAM_IS_BUILT) buildProgram(REPOSITORY)
  const program = installProgram(REPOSITORY, world)
  for (const template of templates) checkTemplate(program, template)
}

function checkTemplate(program, { id, python }) {
  for (const version of python.choices) {
    const project = checkProject(program, id, version, [])
    if (version === python.default) checkFlake(project, id)
  }
  checkProject(program, id, python.default, featuresFor(id))
}

/** One project, on every system. */
function checkProject(program, id, version, chosen) {
  const answers = ['--python', version, ...(chosen.length > 0 ? ['--with', chosen.join(',')] : [])]
  const name = chosen.length > 0 ? `${id} + ${chosen.length} features` : id
  const project = createProject(program, world, id, answers, tree, path.join(world, 'flake.lock'))
  for (const system of SYSTEMS)
    rows.push([name, version, system, ...checkSystem(project, `${name}, ${version}`, system)])
  return project
}

/** All features that a template can have at once. */
function featuresFor(template) {
  const chosen = []
  for (const { id, templates: fits, excludes = [] } of features) {
    const isFree = features.every((other) => !chosen.includes(other.id) || !other.excludes?.includes(id))
    if ((fits ?? [template]).includes(template) && isFree && !excludes.some((other) => chosen.includes(other)))
      chosen.push(id)
  }
  return chosen
}

/** The cells of one row. */
function checkSystem({ address }, name, system) {
  const where = `${name}, ${system}`
  const all = evaluate(address, system)
  const parts = all.failure
    ? OUTPUTS.map((output) => [output, evaluate(address, system, output)])
    : OUTPUTS.map((output) => [output, { failure: '', names: all.names[output] }])
  note(where, all.warnings)
  const cells = parts.map(([output, part]) => {
    const missing = (NEEDED[output] ?? []).find((wanted) => part.names && !(wanted in part.names))
    const failure = part.failure || (missing ? `there is no ${missing}` : '')
    if (failure) problems.push(`${where}, ${output}: ${failure}`)
    return failure ? 'FAILED' : String(Object.keys(part.names).length)
  })
  // The names in a project are the same on all systems.
  if (system !== SYSTEMS[0] || all.failure) return [...cells, '']
  const { failure } = evaluate(address, system, 'devShells', true)
  if (failure) problems.push(`${where}, without aliases: ${failure}`)
  return [...cells, failure ? 'FAILED' : 'ok']
}

/** The shell with the maintainers' tools. */
function checkOwnFlake() {
  const { address } = copyRepositoryFlake(REPOSITORY, world, tree, path.join(world, 'flake.lock'))
  for (const system of SYSTEMS) {
    const { failure, warnings, names } = evaluate(address, system, 'devShells')
    note(`${OWN_FLAKE}, ${system}`, warnings)
    if (failure) problems.push(`${OWN_FLAKE}, ${system}, devShells: ${failure}`)
    rows.push([OWN_FLAKE, '', system, names ? String(Object.keys(names).length) : 'FAILED', '', '', '', '', ''])
  }
}

/** What `nix flake check` says of it, which is what a project's own CI runs. */
function checkFlake({ directory }, id) {
  const { failure, warnings } = nix(['flake', 'check', '--no-build', '--all-systems'], directory)
  if (failure) problems.push(`${id}, nix flake check: ${failure}`)
  note(`${id}, nix flake check`, warnings)
}

function note(where, warnings) {
  for (const warning of warnings) problems.push(`${where}: ${warning.trim()}`)
}

function manifests(room, manifest) {
  const directory = path.join(REPOSITORY, room)
  const files = readdirSync(directory).map((name) => path.join(directory, name, manifest))
  const read = files.filter((file) => existsSync(file)).map((file) => JSON.parse(readFileSync(file, 'utf8')))
  return read.sort((a, b) => a.order - b.order)
}

function table(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function fail(message, code) {
  if (message) console.error(message)
  console.error('Usage: npm run check:nixpkgs -- TREE [TEMPLATE…]')
  process.exit(code)
}

// `npm run nix-templates -- DIRECTORY` writes what Nix alone can take: each template as a project, the program, and a flake
// that offers both, to `nix flake init -t …#datasci` and `nix run …#create`. The release workflow pushes it as a branch.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildProgram } from './build.mjs'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const PACKAGE = join(ROOT, 'packages/create-nix-jupyter')
/** What projects are called until the first ./start gives them the name of their directory (nix/enter.sh). */
const NAME = 'my-lab'

const [target] = process.argv.slice(2)
if (!target) refuse('Missing directory.', 'npm run nix-templates -- DIRECTORY')
if (existsSync(target)) refuse(`${target} is there already.`, 'give a directory that is new')

if (!process.env.PROGRAM_IS_BUILT) buildProgram(ROOT)

mkdirSync(target, { recursive: true })
copyProgram(join(target, 'create'))
const templates = JSON.parse(run('list', '--json')).templates
for (const { id } of templates) render(id)
cpSync(join(ROOT, 'templates/shared/flake.lock'), join(target, 'flake.lock'))
cpSync(join(ROOT, 'scripts/nix-templates.nix'), join(target, 'flake.nix'))
writeFileSync(
  join(target, 'templates.json'),
  JSON.stringify(Object.fromEntries(templates.map(({ id, hint }) => [id, hint]))),
)

/** The files that npm would publish. @param {string} directory */
function copyProgram(directory) {
  const { stdout } = spawn('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], PACKAGE)
  const [{ files }] = JSON.parse(stdout)
  for (const { path } of files) cpSync(join(PACKAGE, path), join(directory, path))
}

/**
 * A project, with the mark by which its first start knows that nobody has asked for its name. Git ignores the mark.
 * @param {string} id of the template
 */
function render(id) {
  const directory = mkdtempSync(join(tmpdir(), 'nix-templates-'))
  run(join(directory, NAME), '--template', id, '--yes', '--no-git')
  cpSync(join(directory, NAME), join(target, id), { recursive: true })
  rmSync(directory, { recursive: true })
  mkdirSync(join(target, id, '.nix-jupyter'))
  writeFileSync(join(target, id, '.nix-jupyter/.gitignore'), '*\n')
  writeFileSync(join(target, id, '.nix-jupyter/from-flake-init'), '')
}

/** Run the program, and give what it printed. @param {string[]} args */
function run(...args) {
  return spawn(process.execPath, [join(PACKAGE, 'bin/create-nix-jupyter.cjs'), ...args], ROOT).stdout
}

/** @param {string} command @param {string[]} args @param {string} cwd */
function spawn(command, args, cwd) {
  const ran = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (ran.status !== 0) refuse(`${command} ${args.join(' ')} failed: ${ran.stderr ?? ran.error}`)
  return ran
}

/**
 * Say what is wrong, and end.
 * @param {string} message @param {string} [next]
 * @returns {never}
 */
function refuse(message, next) {
  console.error(next ? `${message}\n  Next: ${next}` : message)
  process.exit(2)
}

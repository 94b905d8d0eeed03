// What `npm start -- my-lab …` runs: the program, built from this repository, in the folder that the user called from.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const REPOSITORY = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const PROGRAM = path.join(REPOSITORY, 'packages/create-nix-jupyter/bin/create-nix-jupyter.cjs')
const MODULES = path.join(REPOSITORY, 'node_modules')

installIfStale()
runQuietly('build', process.execPath, [
  path.join(MODULES, 'turbo/bin/turbo'),
  'run',
  'build',
  '--filter=create-nix-jupyter',
  '--output-logs=errors-only',
])
process.exitCode = runProgram(process.argv.slice(2))

/** Installs what package-lock.json asks for, unless that very lock has been installed already. */
function installIfStale() {
  const stamp = path.join(MODULES, '.installed-lock')
  const wanted = createHash('sha256')
    .update(readFileSync(path.join(REPOSITORY, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.error('Installing what the program is built with …')
  runQuietly('installation', process.platform === 'win32' ? 'npm.cmd' : 'npm', [
    'install',
    '--no-save',
    '--loglevel=error',
  ])
  writeFileSync(stamp, wanted)
}

/** Runs a step whose output matters only if it fails; then this process ends with it. */
function runQuietly(what, command, args) {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' }
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: REPOSITORY, env, encoding: 'utf8' })
  if (status === 0) return
  console.error([stdout, stderr, error?.message, `The ${what} failed.`].filter(Boolean).join('\n'))
  process.exit(1)
}

/** Runs the program on this terminal and returns its exit code. */
function runProgram(args) {
  const cwd = process.env.INIT_CWD ?? process.cwd()
  const { status, signal } = spawnSync(process.execPath, [PROGRAM, ...args], { cwd, stdio: 'inherit' })
  return status ?? 128 + (constants.signals[signal] ?? 0)
}

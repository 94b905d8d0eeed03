// What `npm start -- my-lab …` runs: the program, built from this repository, in the folder that the user called from.
import { spawnSync } from 'node:child_process'
import { constants } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { installDependencies } from './install.mjs'

const REPOSITORY = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const PROGRAM = path.join(REPOSITORY, 'packages/create-nix-jupyter/bin/create-nix-jupyter.cjs')
const MODULES = path.join(REPOSITORY, 'node_modules')

installDependencies(REPOSITORY)
runQuietly('build', process.execPath, [
  path.join(MODULES, 'turbo/bin/turbo'),
  'run',
  'build',
  '--filter=create-nix-jupyter',
  '--output-logs=errors-only',
])
process.exitCode = runProgram(process.argv.slice(2))

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

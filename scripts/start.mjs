// What `npm start -- my-lab …` runs: the program, built from this repository, in the directory from which the user
// called it.
import { spawnSync } from 'node:child_process'
import { constants } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildProgram } from './build.mjs'
import { installDependencies } from './install.mjs'

const REPOSITORY = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const PROGRAM = path.join(REPOSITORY, 'packages/create-nix-jupyter/bin/create-nix-jupyter.cjs')

installDependencies(REPOSITORY)
buildProgram(REPOSITORY)
process.exitCode = runProgram(process.argv.slice(2))

/** Runs the program on this terminal and returns its exit code. */
function runProgram(args) {
  const cwd = process.env.INIT_CWD ?? process.cwd()
  const { status, signal } = spawnSync(process.execPath, [PROGRAM, ...args], { cwd, stdio: 'inherit' })
  return status ?? 128 + (constants.signals[signal] ?? 0)
}

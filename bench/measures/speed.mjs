import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { attempt, reasonOf } from '../lib/attempts.mjs'
import { difference, ratio, series } from '../lib/rounds.mjs'
import { run } from '../lib/run.mjs'
import { timeToEnd, timeToText } from '../lib/terminal.mjs'

/**
 * @typedef {import('../lib/peers.mjs').Scaffolder} Scaffolder
 * @typedef {import('../lib/rounds.mjs').Series} Series
 * @typedef {import('../lib/stage.mjs').Stage} Stage
 * @typedef {{ value: Series, overFloor: Series, overVite?: Series }} Compared
 * @typedef {{ compared: { [candidate: string]: Compared }, failures: { [candidate: string]: string } }} Measured
 */

export const FLOOR = 'node -e 0'
const NOTHING = ['-e', '0']

/** How a scaffolder is started so that it asks, and its first question. */
const PROMPTS = JSON.parse(readFileSync(new URL('../prompts.json', import.meta.url), 'utf8'))

/**
 * @param {Scaffolder[]} scaffolders
 * @param {Stage} stage
 * @param {number} rounds
 */
export function measureHelp(scaffolders, stage, rounds) {
  const helps = scaffolders.map(({ name, bin }) => [name, () => help(bin, stage)])
  return overFloor(rounds, { [FLOOR]: () => floor(stage), ...Object.fromEntries(helps) })
}

/**
 * From the start to the first question in a real terminal.
 * @param {Scaffolder[]} scaffolders
 * @param {Stage} stage
 * @param {number} rounds
 */
export function measurePrompt(scaffolders, stage, rounds) {
  const prompts = scaffolders.map(({ name, bin }) => {
    const { args, question } = PROMPTS[name]
    const ask = (/** @type {string} */ cwd) => timeToText([bin, ...args], question, { cwd, env: stage.env })
    return [name, () => stage.inNewFolder(ask)]
  })
  const nothing = () => stage.inNewFolder((cwd) => timeToEnd(NOTHING, { cwd, env: stage.env }))
  return overFloor(rounds, { [FLOOR]: nothing, ...Object.fromEntries(prompts) })
}

/**
 * The whole scaffold, from nothing to a project. Ours also with its other templates, and with git.
 * @param {Scaffolder[]} scaffolders
 * @param {{ [variant: string]: Scaffolder }} variants
 * @param {Stage} stage
 * @param {number} rounds
 */
export async function measureScaffold(scaffolders, variants, stage, rounds) {
  /** @type {{ [candidate: string]: number }} */
  const files = {}
  const named = { ...Object.fromEntries(scaffolders.map((scaffolder) => [scaffolder.name, scaffolder])), ...variants }
  const scaffolds = Object.entries(named).map(([name, scaffolder]) => [
    name,
    () =>
      stage.inNewFolder(async (cwd) => {
        const result = await run(process.execPath, [scaffolder.bin, ...scaffolder.scaffold], { cwd, env: stage.env })
        files[name] = countFiles(result, cwd)
        return result.milliseconds
      }),
  ])
  const measured = await overFloor(rounds, { [FLOOR]: () => floor(stage), ...Object.fromEntries(scaffolds) })
  return { ...measured, files }
}

/**
 * How many files a scaffold has made. An exit code is not to be trusted: several end with 0 and no project.
 * @param {import('../lib/run.mjs').Result} result
 * @param {string} cwd
 */
export function countFiles(result, cwd) {
  const project = join(cwd, 'app')
  const isMade = existsSync(join(project, 'package.json')) || existsSync(join(project, 'flake.nix'))
  if (result.code !== 0 || !isMade) throw new Error(`no project: ${reasonOf(result)}`)
  const all = readdirSync(project, { recursive: true, withFileTypes: true })
  return all.filter((entry) => entry.isFile() && !`${entry.parentPath}/`.startsWith(join(project, '.git/'))).length
}

/**
 * @param {number} rounds
 * @param {{ [candidate: string]: () => Promise<number> }} candidates
 * @returns {Promise<Measured>}
 */
export async function overFloor(rounds, candidates) {
  const { samples, failures } = await attempt(rounds, candidates)
  const vite = samples['create-vite']
  const compared = Object.entries(samples).map(([name, values]) => [
    name,
    {
      value: series(values),
      overFloor: difference(values, samples[FLOOR]),
      ...(vite && { overVite: ratio(values, vite) }),
    },
  ])
  return { compared: Object.fromEntries(compared), failures }
}

/** @param {Stage} stage */
function floor(stage) {
  return stage.inNewFolder(async (cwd) => (await run(process.execPath, NOTHING, { cwd, env: stage.env })).milliseconds)
}

/**
 * @param {string} bin
 * @param {Stage} stage
 */
function help(bin, stage) {
  return stage.inNewFolder(async (cwd) => {
    const result = await run(process.execPath, [bin, '--help'], { cwd, env: stage.env })
    if (result.code !== 0 || result.stdout.length === 0) throw new Error(`no help: ${reasonOf(result)}`)
    return result.milliseconds
  })
}

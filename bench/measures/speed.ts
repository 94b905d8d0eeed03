import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '../../tests/support/run.ts'
import { attempt, reasonOf } from '../lib/attempts.ts'
import type { Scaffolder } from '../lib/peers.ts'
import { difference, mapEach, ratio, type Series, series } from '../lib/rounds.ts'
import { run } from '../lib/run.ts'
import type { Stage } from '../lib/stage.ts'
import { timeToText } from '../lib/terminal.ts'

export type Compared = { value: Series; overFloor: Series; overVite?: Series }

export type Measured = { compared: { [candidate: string]: Compared }; failures: { [candidate: string]: string } }

export const FLOOR = 'node -e 0'
const NOTHING = ['-e', '0']

/** How a scaffolder is started so that it asks, and its first question. */
const PROMPTS = JSON.parse(readFileSync(new URL('../prompts.json', import.meta.url), 'utf8'))

export function measureHelp(scaffolders: Scaffolder[], stage: Stage, rounds: number) {
  const helps = scaffolders.map(({ name, bin }) => [name, () => help(bin, stage)])
  return overFloor(rounds, { [FLOOR]: () => floor(stage), ...Object.fromEntries(helps) })
}

/** From the start to the first question in a real terminal. */
export function measurePrompt(scaffolders: Scaffolder[], stage: Stage, rounds: number) {
  const prompts = scaffolders.map(({ name, bin }) => {
    const { args, question } = PROMPTS[name]
    const ask = (cwd: string) => timeToText([bin, ...args], question, { cwd, env: stage.env })
    return [name, () => stage.inNewDirectory(ask)]
  })
  // The end of a program in a terminal is known later than it happens: it is waited for what it has written.
  const word = ['-e', 'console.log("word")']
  const nothing = () => stage.inNewDirectory((cwd) => timeToText(word, 'word', { cwd, env: stage.env }))
  return overFloor(rounds, { [FLOOR]: nothing, ...Object.fromEntries(prompts) })
}

/** The whole scaffold, from nothing to a project. Ours also with its other templates, and with git. */
export async function measureScaffold(
  scaffolders: Scaffolder[],
  variants: { [variant: string]: Scaffolder },
  stage: Stage,
  rounds: number,
) {
  const files: { [candidate: string]: number } = {}
  const named = { ...Object.fromEntries(scaffolders.map((scaffolder) => [scaffolder.name, scaffolder])), ...variants }
  const scaffolds = Object.entries(named).map(([name, scaffolder]) => [
    name,
    () =>
      stage.inNewDirectory(async (cwd) => {
        const result = await run(process.execPath, [scaffolder.bin, ...scaffolder.scaffold], { cwd, env: stage.env })
        files[name] = countFiles(result, cwd)
        return result.milliseconds
      }),
  ])
  const measured = await overFloor(rounds, { [FLOOR]: () => floor(stage), ...Object.fromEntries(scaffolds) })
  return { ...measured, files }
}

/** How many files a scaffold has made. An exit code is not to be trusted: several end with 0 and no project. */
export function countFiles(result: Result, cwd: string) {
  const project = join(cwd, 'app')
  const isMade = existsSync(join(project, 'package.json')) || existsSync(join(project, 'flake.nix'))
  if (result.code !== 0 || !isMade) throw new Error(`no project: ${reasonOf(result)}`)
  const all = readdirSync(project, { recursive: true, withFileTypes: true })
  return all.filter((entry) => entry.isFile() && !`${entry.parentPath}/`.startsWith(join(project, '.git/'))).length
}

export async function overFloor(
  rounds: number,
  candidates: { [candidate: string]: () => Promise<number> },
): Promise<Measured> {
  const { samples, failures } = await attempt(rounds, candidates)
  const vite = samples['create-vite']
  const compared = mapEach(samples, (values) => ({
    value: series(values),
    overFloor: difference(values, samples[FLOOR]),
    ...(vite && { overVite: ratio(values, vite) }),
  }))
  return { compared, failures }
}

function floor(stage: Stage) {
  return stage.inNewDirectory(
    async (cwd) => (await run(process.execPath, NOTHING, { cwd, env: stage.env })).milliseconds,
  )
}

function help(bin: string, stage: Stage) {
  return stage.inNewDirectory(async (cwd) => {
    const result = await run(process.execPath, [bin, '--help'], { cwd, env: stage.env })
    if (result.code !== 0 || result.stdout.length === 0) throw new Error(`no help: ${reasonOf(result)}`)
    return result.milliseconds
  })
}

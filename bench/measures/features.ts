import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Project } from '../lib/project.ts'
import { step } from '../lib/report.ts'
import { allSeries, interleave, mapEach, ratio } from '../lib/rounds.ts'
import type { World } from '../lib/world.ts'

export type Feature = { id: string; order: number; templates?: string[]; needs?: string[]; python?: string[] }

const DIRECTORY = join(import.meta.dirname, '../../features')
const TIER = 'uv'
const WITHOUT = 'without'

/** Features whose Python packages JupyterLab may load when it starts. */
export function loadingFeatures(): Feature[] {
  return readdirSync(DIRECTORY)
    .map((name) => join(DIRECTORY, name, 'feature.json'))
    .filter((manifest) => existsSync(manifest))
    .map((manifest): Feature => JSON.parse(readFileSync(manifest, 'utf8')))
    .filter(({ python, templates }) => python && (templates?.includes(TIER) ?? true))
    .sort((one, other) => one.order - other.order)
}

/** `./start` of a project with each of the features, over that of one without any, in turns. */
export async function measureFeatures(world: World, features: readonly Feature[], rounds: number) {
  const projects: Record<string, Project> = { [WITHOUT]: await make(world, []) }
  for (const { id, needs = [] } of features) projects[id] = await make(world, [...needs, id])
  const starting = (project: Project) => async () => {
    const { milliseconds } = await project.script('start', '--no-open')
    await project.script('stop')
    return milliseconds
  }
  const candidates = Object.fromEntries(Object.entries(projects).map(([id, project]) => [id, starting(project)]))
  const samples = await step('starting, in turns', () => interleave(rounds, candidates))
  const { [WITHOUT]: without, ...others } = samples
  return { milliseconds: allSeries(samples), overWithout: mapEach(others, (values) => ratio(values, without)) }
}

/** A project that has been started once: its packages are there, and compiled. */
async function make(world: World, features: readonly string[]): Promise<Project> {
  const name = features.at(-1) ?? WITHOUT
  // Machines that build take no lock but one that fits; this is somebody's own computer.
  const { CI: _, ...env } = world.env
  // A server that speaks Ollama's API, which the stand-in for nixpkgs cannot build.
  env.PATH = `${join(DIRECTORY, 'jupyter-ai/tests')}:${env.PATH}`
  const flags = ['--with', ['none', ...features].join(',')]
  const { project } = await Project.create(world, TIER, name, env, flags)
  const flake = join(project.directory, 'flake.nix')
  writeFileSync(flake, readFileSync(flake, 'utf8').replace(/^ *pkgs\.ollama\n/m, ''))
  world.endings.push(() => project.script('stop'))
  await step(`${name}: filling`, () => project.script('start', '--no-open'))
  await project.script('stop')
  // With a tree that is not committed, each start would evaluate.
  if (features.length > 0) await project.commit(project.directory, 'Measure what is installed')
  return project
}

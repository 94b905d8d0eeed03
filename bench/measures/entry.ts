import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Peers } from '../lib/flakes.ts'
import type { Project } from '../lib/project.ts'
import { allSeries, difference, interleave, mapEach, ratio } from '../lib/rounds.ts'

/** For the tiers that come from nixpkgs alone: something small and pure, as people put into requirements.in. */
export const SMALL_REQUIREMENTS = 'cowsay==6.1\n'

/** `nix develop --command true` where nothing has changed. */
export async function measureEntry(
  project: Project,
  peers: Peers,
  { rounds, hasVenv }: { rounds: number; hasVenv: boolean },
) {
  const { bare, smallest, posts } = peers
  const directories: { [candidate: string]: string } = { bare, smallest, ours: project.directory, posts }
  if (!hasVenv) directories.oursWithVenv = await withRequirements(project)

  for (const directory of Object.values(directories)) {
    await enter(project, directory)
    await enter(project, directory)
  }
  const samples = await interleave(rounds, clocks(project, directories))
  return {
    milliseconds: allSeries(samples),
    overBare: difference(samples.ours, samples.bare),
    overSmallest: difference(samples.ours, samples.smallest),
    postsOver: ratio(samples.posts, samples.oursWithVenv ?? samples.ours),
    edited: await measureEdited(project, peers, rounds),
  }
}

/** The same while a tracked file is not committed, as it is on most days: then Nix evaluates anew, here and in the peer. */
async function measureEdited(project: Project, peers: Peers, rounds: number) {
  const files = [join(project.directory, '.gitignore'), join(peers.smallest, '.gitignore')]
  const before = files.map((file) => readFileSync(file))
  try {
    for (const file of files) appendFileSync(file, '# edited\n')
    const directories = { smallest: peers.smallest, ours: project.directory }
    for (const directory of Object.values(directories)) await enter(project, directory)
    const samples = await interleave(rounds, clocks(project, directories))
    return { milliseconds: allSeries(samples), overSmallest: difference(samples.ours, samples.smallest) }
  } finally {
    for (const [index, file] of files.entries()) writeFileSync(file, before[index] ?? '')
  }
}

/** The same project with a package from PyPI, so that it has a virtual environment as the posts' has. */
async function withRequirements(project: Project) {
  const directory = join(project.world.directory, `${project.name}-with-venv`)
  cpSync(project.directory, directory, { recursive: true })
  appendFileSync(join(directory, 'requirements.in'), SMALL_REQUIREMENTS)
  // A build machine, as which all is measured, takes only what is locked.
  await project.world.mustNix(['run', '.#lab', '--', 'lock'], directory, { ...project.env, CI: '' })
  await project.world.must('git', ['add', '--all'], directory)
  await project.commit(directory, 'Ask for a package')
  return directory
}

const clocks = (project: Project, directories: { [candidate: string]: string }) =>
  mapEach(directories, (directory) => async () => (await enter(project, directory)).milliseconds)

/** All candidates with the one home of the project, so that Nix's caches are the same for all. */
function enter({ world, env }: Project, directory: string) {
  return world.mustNix(['develop', '--command', 'true'], directory, env)
}

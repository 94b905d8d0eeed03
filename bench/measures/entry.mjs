import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { allSeries, difference, interleave, ratio } from '../lib/rounds.mjs'

/** For the tiers that come from nixpkgs alone: something small and pure, as people put into requirements.in. */
export const SMALL_REQUIREMENTS = 'cowsay==6.1\n'

/**
 * `nix develop --command true` where nothing has changed.
 * @param {import('../lib/project.mjs').Project} project
 * @param {import('../lib/flakes.mjs').Peers} peers
 * @param {{ rounds: number, hasVenv: boolean }} options
 */
export async function measureEntry(project, peers, { rounds, hasVenv }) {
  /** @type {{ [candidate: string]: string }} */
  const folders = { bare: peers.bare, smallest: peers.smallest, ours: project.folder, posts: peers.posts }
  if (!hasVenv) folders.oursWithVenv = await withRequirements(project)

  for (const folder of Object.values(folders)) {
    await enter(project, folder)
    await enter(project, folder)
  }
  const samples = await interleave(rounds, clocks(project, folders))
  return {
    milliseconds: allSeries(samples),
    overBare: difference(samples.ours, samples.bare),
    overSmallest: difference(samples.ours, samples.smallest),
    postsOver: ratio(samples.posts, samples.oursWithVenv ?? samples.ours),
    edited: await measureEdited(project, peers, rounds),
  }
}

/**
 * The same while a tracked file is not committed, as it is on most days: then Nix evaluates anew, here and in the peer.
 * @param {import('../lib/project.mjs').Project} project
 * @param {import('../lib/flakes.mjs').Peers} peers
 * @param {number} rounds
 */
async function measureEdited(project, peers, rounds) {
  const files = [join(project.folder, '.gitignore'), join(peers.smallest, '.gitignore')]
  const before = files.map((file) => readFileSync(file))
  try {
    for (const file of files) appendFileSync(file, '# edited\n')
    const folders = { smallest: peers.smallest, ours: project.folder }
    for (const folder of Object.values(folders)) await enter(project, folder)
    const samples = await interleave(rounds, clocks(project, folders))
    return { milliseconds: allSeries(samples), overSmallest: difference(samples.ours, samples.smallest) }
  } finally {
    for (const [index, file] of files.entries()) writeFileSync(file, before[index] ?? '')
  }
}

/**
 * The same project with a package from PyPI, so that it has a virtual environment as the posts' has.
 * @param {import('../lib/project.mjs').Project} project
 */
async function withRequirements(project) {
  const folder = join(project.world.folder, `${project.name}-with-venv`)
  cpSync(project.folder, folder, { recursive: true })
  appendFileSync(join(folder, 'requirements.in'), SMALL_REQUIREMENTS)
  await project.world.must('git', ['commit', '--quiet', '--all', '--message', 'Ask for a package'], folder)
  return folder
}

/**
 * @param {import('../lib/project.mjs').Project} project
 * @param {{ [candidate: string]: string }} folders
 */
function clocks(project, folders) {
  return Object.fromEntries(
    Object.entries(folders).map(([name, folder]) => [name, async () => (await enter(project, folder)).milliseconds]),
  )
}

/**
 * All candidates with the one home of the project, so that Nix's caches are the same for all.
 * @param {import('../lib/project.mjs').Project} project
 * @param {string} folder
 */
function enter({ world, env }, folder) {
  return world.mustNix(['develop', '--command', 'true'], folder, env)
}

import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { runOneCell } from '../lib/jupyter.mjs'
import { Project } from '../lib/project.mjs'
import { series } from '../lib/rounds.mjs'

/**
 * What is there as soon as a project is made.
 * @param {Project} project
 */
export async function countFiles(project) {
  const { stdout } = await project.world.must('git', ['ls-files', '-z'], project.folder)
  const files = stdout.split('\0').filter(Boolean)
  const bytes = files.reduce((sum, file) => sum + lstatSync(join(project.folder, file)).size, 0)
  return { files: files.length, bytes }
}

/**
 * From nothing to the first executed cell: scaffold, enter for the first time, run a notebook of one cell. Each time with
 * a new name and a new home, so that what Nix builds for this project alone is built, and what PyPI has is downloaded.
 * Gives the last project too, which the other measurements go on with.
 * @param {import('../lib/world.mjs').World} world
 * @param {string} tier
 * @param {number} rounds
 */
export async function measureFirstCell(world, tier, rounds) {
  /** @type {{ scaffold: number[], enter: number[], cell: number[], total: number[] }} */
  const samples = { scaffold: [], enter: [], cell: [], total: [] }
  /** @type {Project | undefined} */
  let last
  for (let round = 1; round <= rounds; round += 1) {
    const name = `${tier}-${process.pid}-${round}`
    const { project, milliseconds } = await Project.create(world, tier, name, world.home(`${name}-home`))
    const entered = (await project.develop('true')).milliseconds
    const cell = await runOneCell(project)
    samples.scaffold.push(milliseconds)
    samples.enter.push(entered)
    samples.cell.push(cell)
    samples.total.push(milliseconds + entered + cell)
    last = project
  }
  if (!last) throw new Error('at least one round')
  const { scaffold, enter, cell, total } = samples
  return {
    project: last,
    milliseconds: { scaffold: series(scaffold), enter: series(enter), cell: series(cell), total: series(total) },
  }
}

/**
 * Bytes in the store that the shell keeps, and those of a bare shell.
 * @param {Project} project
 * @param {import('../lib/flakes.mjs').Peers} peers
 */
export async function measureClosures(project, peers) {
  return { ours: await closure(project.world, project.folder), bare: await closure(project.world, peers.bare) }
}

/**
 * @param {import('../lib/world.mjs').World} world
 * @param {string} folder
 */
async function closure(world, folder) {
  const shell = `.#devShells.${world.system}.default`
  const built = await world.mustNix(['build', '--no-link', '--print-out-paths', shell], folder)
  const { stdout } = await world.mustNix(['path-info', '--closure-size', built.stdout.trim()], folder)
  return Number(/\s(\d+)\s*$/.exec(stdout)?.[1])
}

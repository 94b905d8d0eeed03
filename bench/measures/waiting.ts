import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { system } from '../../tests/support/environment.ts'
import type { Peers } from '../lib/flakes.ts'
import { runOneCell } from '../lib/jupyter.ts'
import { Project } from '../lib/project.ts'
import { series } from '../lib/rounds.ts'
import type { World } from '../lib/world.ts'

/** What is there as soon as a project is made. */
export async function countFiles(project: Project) {
  const { stdout } = await project.world.must('git', ['ls-files', '-z'], project.directory)
  const files = stdout.split('\0').filter(Boolean)
  const bytes = files.reduce((sum, file) => sum + lstatSync(join(project.directory, file)).size, 0)
  return { files: files.length, bytes }
}

/**
 * From nothing to the first executed cell: scaffold, enter for the first time, run a notebook of one cell. Each time with
 * a new name and a new home, so that what Nix builds for this project alone is built, and what PyPI has is downloaded.
 * Gives the last project too, which the other measurements go on with.
 */
export async function measureFirstCell(world: World, tier: string, rounds: number) {
  const samples: { scaffold: number[]; enter: number[]; cell: number[]; total: number[] } = {
    scaffold: [],
    enter: [],
    cell: [],
    total: [],
  }
  let last: Project | undefined
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

/** Bytes in the store that the shell keeps, and those of a bare shell. */
export async function measureClosures(project: Project, peers: Peers) {
  return { ours: await closure(project.world, project.directory), bare: await closure(project.world, peers.bare) }
}

async function closure(world: World, directory: string) {
  const shell = `.#devShells.${system}.default`
  const built = await world.mustNix(['build', '--no-link', '--print-out-paths', shell], directory)
  const { stdout } = await world.mustNix(['path-info', '--closure-size', built.stdout.trim()], directory)
  return Number(/\s(\d+)\s*$/.exec(stdout)?.[1])
}

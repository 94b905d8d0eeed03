import { system } from '../../tests/support/environment.ts'
import type { Peers } from '../lib/flakes.ts'
import type { Project } from '../lib/project.ts'
import { allSeries, interleave, mapEach, ratio } from '../lib/rounds.ts'

/**
 * What Nix thinks before it enters the shell, with its cache off. The clock says how long; the interpreter's own counts
 * do not depend on what else the machine does.
 */
export async function measureEvaluation(project: Project, peers: Peers, rounds: number) {
  const { world, env } = project
  const shell = `.#devShells.${system}.default.drvPath`
  const args = ['eval', '--raw', shell, '--option', 'eval-cache', 'false']
  const directories = { ours: project.directory, smallest: peers.smallest, bare: peers.bare }

  const work: { [candidate: string]: { functionCalls: number; cpuMilliseconds: number } } = {}
  for (const [name, directory] of Object.entries(directories)) {
    const { stderr } = await world.mustNix(args, directory, { ...env, NIX_SHOW_STATS: '1' })
    const stats = JSON.parse(stderr.slice(stderr.indexOf('{')))
    work[name] = { functionCalls: stats.nrFunctionCalls, cpuMilliseconds: Math.round(stats.cpuTime * 1000) }
  }
  const clocks = mapEach(
    directories,
    (directory) => async () => (await world.mustNix(args, directory, env)).milliseconds,
  )
  const samples = await interleave(rounds, clocks)
  return { milliseconds: allSeries(samples), ratio: ratio(samples.ours, samples.smallest), work }
}

import { allSeries, interleave, ratio } from '../lib/rounds.mjs'

/**
 * What Nix thinks before it enters the shell, with its cache off. The clock says how long; the interpreter's own counts
 * do not depend on what else the machine does.
 * @param {import('../lib/project.mjs').Project} project
 * @param {import('../lib/flakes.mjs').Peers} peers
 * @param {number} rounds
 */
export async function measureEvaluation(project, peers, rounds) {
  const { world, env } = project
  const shell = `.#devShells.${world.system}.default.drvPath`
  const args = ['eval', '--raw', shell, '--option', 'eval-cache', 'false']
  const folders = { ours: project.folder, smallest: peers.smallest, bare: peers.bare }

  /** @type {{ [candidate: string]: { functionCalls: number, cpuMilliseconds: number } }} */
  const work = {}
  for (const [name, folder] of Object.entries(folders)) {
    const { stderr } = await world.mustNix(args, folder, { ...env, NIX_SHOW_STATS: '1' })
    const stats = JSON.parse(stderr.slice(stderr.indexOf('{')))
    work[name] = { functionCalls: stats.nrFunctionCalls, cpuMilliseconds: Math.round(stats.cpuTime * 1000) }
  }
  const samples = await interleave(
    rounds,
    Object.fromEntries(
      Object.entries(folders).map(([name, folder]) => [
        name,
        async () => (await world.mustNix(args, folder, env)).milliseconds,
      ]),
    ),
  )
  return { milliseconds: allSeries(samples), ratio: ratio(samples.ours, samples.smallest), work }
}

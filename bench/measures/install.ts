import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { attempt } from '../lib/attempts.ts'
import type { Scaffolder as Installed } from '../lib/peers.ts'
import { type Packed, startRegistry } from '../lib/registry.ts'
import { allSeries, mapEach, ratio } from '../lib/rounds.ts'
import { must } from '../lib/run.ts'
import type { Stage } from '../lib/stage.ts'

export type Scaffolder = Installed & { tarball?: string }

/** bytes, but for the number of packages */
export type Sizes = { tarball: number; packages: number; installed: number }

// With an empty cache npm would ask each time whether there is a newer npm, and not once a week.
const NOTHING_ELSE = ['--no-audit', '--no-fund', '--no-update-notifier']

/** `npm install` with an empty cache: all from a registry on this machine, and the others from the npm registry too. */
export async function measureInstall(scaffolders: Scaffolder[], stage: Stage, rounds: number) {
  const registry = await startRegistry(scaffolders, stage.newDirectory())
  try {
    const near = scaffolders.map((each) => [each.name, () => install(each, ['--registry', registry.url], stage)])
    const published = scaffolders.filter(({ tarball }) => !tarball)
    const far = published.map((each) => [remote(each.name), () => install(each, [], stage)])
    const { samples, failures } = await attempt(rounds, Object.fromEntries([...near, ...far]))
    const sizes = scaffolders.map((each) => [each.name, measureSizes(each, registry.packed)])
    return {
      sizes: Object.fromEntries(sizes) as { [name: string]: Sizes },
      timings: allSeries(samples),
      overVite: mapEach(samples, (values) => ratio(values, samples['create-vite'])),
      failures,
    }
  } finally {
    registry.stop()
  }
}

/** The name of the measurement with the npm registry. */
export function remote(name: string) {
  return `${name}, npm registry`
}

/** What npm has to fetch and what lies there afterwards. */
function measureSizes({ name, directory }: Scaffolder, packed: Packed[]): Sizes {
  const modules = join(directory, 'node_modules')
  const lock = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8'))
  const files = readdirSync(modules, { recursive: true, encoding: 'utf8' }).map((file) =>
    lstatSync(join(modules, file)),
  )
  return {
    tarball: packed.find((each) => each.name === name)?.size ?? Number.NaN,
    packages: Object.keys(lock.packages).length,
    installed: files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0),
  }
}

function install({ name, version }: Scaffolder, options: string[], stage: Stage) {
  return stage.inNewDirectory(async (directory) => {
    const cache = ['--prefix', directory, '--cache', join(directory, 'cache')]
    const args = ['install', ...cache, ...options, ...NOTHING_ELSE, `${name}@${version}`]
    return (await must('npm', args, { cwd: directory })).milliseconds
  })
}

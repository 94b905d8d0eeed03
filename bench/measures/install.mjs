import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { attempt } from '../lib/attempts.mjs'
import { startRegistry } from '../lib/registry.mjs'
import { ratio, series } from '../lib/rounds.mjs'
import { must } from '../lib/run.mjs'

/**
 * @typedef {import('../lib/peers.mjs').Scaffolder & { tarball?: string }} Scaffolder
 * @typedef {import('../lib/stage.mjs').Stage} Stage
 * @typedef {{ tarball: number, packages: number, installed: number }} Sizes bytes, but for the number of packages
 */

// With an empty cache npm would ask each time whether there is a newer npm, and not once a week.
const NOTHING_ELSE = ['--no-audit', '--no-fund', '--no-update-notifier']

/**
 * `npm install` with an empty cache: all from a registry on this machine, and the others from the npm registry too.
 * @param {Scaffolder[]} scaffolders
 * @param {Stage} stage
 * @param {number} rounds
 */
export async function measureInstall(scaffolders, stage, rounds) {
  const registry = await startRegistry(scaffolders, stage.newFolder())
  try {
    const near = scaffolders.map((each) => [each.name, () => install(each, ['--registry', registry.url], stage)])
    const published = scaffolders.filter(({ tarball }) => !tarball)
    const far = published.map((each) => [remote(each.name), () => install(each, [], stage)])
    const { samples, failures } = await attempt(rounds, Object.fromEntries([...near, ...far]))
    const sizes = scaffolders.map((each) => [each.name, measureSizes(each, registry.packed)])
    return {
      /** @type {{ [name: string]: Sizes }} */
      sizes: Object.fromEntries(sizes),
      timings: Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, series(values)])),
      overVite: Object.fromEntries(
        Object.entries(samples).map(([name, values]) => [name, ratio(values, samples['create-vite'])]),
      ),
      failures,
    }
  } finally {
    registry.stop()
  }
}

/** The name of the measurement with the npm registry. @param {string} name */
export function remote(name) {
  return `${name}, npm registry`
}

/**
 * What npm has to fetch and what lies there afterwards.
 * @param {Scaffolder} scaffolder
 * @param {import('../lib/registry.mjs').Packed[]} packed
 * @returns {Sizes}
 */
function measureSizes({ name, folder }, packed) {
  const modules = join(folder, 'node_modules')
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

/**
 * @param {Scaffolder} scaffolder
 * @param {string[]} options
 * @param {Stage} stage
 */
function install({ name, version }, options, stage) {
  return stage.inNewFolder(async (folder) => {
    const cache = ['--prefix', folder, '--cache', join(folder, 'cache')]
    const args = ['install', ...cache, ...options, ...NOTHING_ELSE, `${name}@${version}`]
    return (await must('npm', args, { cwd: folder })).milliseconds
  })
}

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { cache } from '../../../tests/support/cache.mjs'

/** The oldest Node that the program runs on, and the newest of each line that is supported. */
export const VERSIONS = ['20.12.2', '22.23.3', '24.9.0']

/**
 * That very Node, from npm and kept in the cache of the tests, or undefined where it cannot be had.
 * @param {string} version
 * @returns {string | undefined} the path of its executable
 */
export function nodeOf(version) {
  const directory = join(cache, `node-${version}`)
  const name = `node-${process.platform}-${process.arch}`
  const node = join(directory, 'node_modules', name, 'bin/node')
  if (!existsSync(node)) {
    mkdirSync(directory, { recursive: true })
    // The package that holds the program itself: nothing is run on installing it.
    const args = ['install', '--prefix', directory, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts']
    spawnSync('npm', [...args, '--loglevel=silent', `${name}@${version}`], { cwd: directory })
  }
  const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' })
  return stdout?.trim() === `v${version}` ? node : undefined
}

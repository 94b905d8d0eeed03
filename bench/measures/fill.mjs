import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { allSeries, interleave, ratio } from '../lib/rounds.mjs'

/**
 * The packages of a tier's lock, with their hashes, in the form that pip reads.
 * @param {import('../lib/project.mjs').Project} project
 * @param {import('../lib/project.mjs').Shell} shell
 */
export async function lockedRequirements(project, shell) {
  const { uv } = shell.facts
  const isUv = shell.env.UV_PROJECT_ENVIRONMENT !== undefined
  if (!uv || !isUv) return readFileSync(join(project.folder, 'requirements.txt'), 'utf8')
  return (await shell.must(uv, 'export', '--frozen', '--no-emit-project', '--no-header', '--quiet')).stdout
}

/**
 * uv against pip: a new virtual environment with the same locked packages.
 * "cold" has everything to download. "warm" has nothing to: pip gets a folder with the wheels, uv its cache.
 * @param {import('../lib/project.mjs').Project} project
 * @param {{ uv: string, python: string, requirements: string, wheels: string, rounds: { cold: number, warm: number } }} options
 *   `python` has pip; `requirements` is a file; `wheels` is the folder that will hold them
 */
export async function measureFill(project, { uv, python, requirements, wheels, rounds }) {
  const { world } = project
  const folder = join(world.folder, `${project.name}-fill`)
  const venv = join(folder, 'venv')
  const uvCache = join(folder, 'uv-cache')
  mkdirSync(folder)

  /** @param {...string} args */
  const pip = async (...args) => {
    const made = await world.must(python, ['-m', 'venv', '--without-pip', venv], folder)
    const install = ['-m', 'pip', '--python', join(venv, 'bin/python'), 'install', '--quiet', '--require-hashes']
    const filled = await world.must(python, [...install, '--requirement', requirements, ...args], folder)
    return made.milliseconds + filled.milliseconds
  }
  /** @param {...string} args */
  const withUv = async (...args) => {
    const cache = ['--cache-dir', uvCache, '--quiet']
    const made = await world.must(uv, ['venv', '--python', python, venv, ...cache], folder)
    const install = ['pip', 'install', '--python', join(venv, 'bin/python'), '--require-hashes', ...cache]
    const filled = await world.must(uv, [...install, '--requirement', requirements, ...args], folder)
    return made.milliseconds + filled.milliseconds
  }
  /** @param {() => Promise<number>} fill */
  const anew = (fill) => () => {
    rmSync(venv, { recursive: true, force: true })
    return fill()
  }

  const cold = await interleave(rounds.cold, {
    pip: anew(() => pip('--no-cache-dir')),
    uv: anew(() => {
      rmSync(uvCache, { recursive: true, force: true })
      return withUv()
    }),
  })
  const download = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', wheels, '--requirement', requirements]
  await world.must(python, download, folder)
  const warm = await interleave(rounds.warm, {
    pip: anew(() => pip('--no-index', '--find-links', wheels)),
    uv: anew(() => withUv('--offline')),
    uvCompiling: anew(() => withUv('--offline', '--compile-bytecode')),
  })
  const files = readdirSync(wheels)
  return {
    packages: files.length,
    downloadBytes: files.reduce((sum, file) => sum + statSync(join(wheels, file)).size, 0),
    cold: { milliseconds: allSeries(cold), pipOverUv: ratio(cold.pip, cold.uv) },
    warm: {
      milliseconds: allSeries(warm),
      pipOverUv: ratio(warm.pip, warm.uv),
      pipOverUvCompiling: ratio(warm.pip, warm.uvCompiling),
    },
  }
}

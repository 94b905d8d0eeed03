import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Project, Shell } from '../lib/project.ts'
import { allSeries, interleave, ratio } from '../lib/rounds.ts'

/** The packages of a tier's lock, with their hashes, in the form that pip reads. */
export async function lockedRequirements(project: Project, shell: Shell) {
  const { uv } = shell.facts
  const isUv = shell.env.UV_PYTHON_DOWNLOADS !== undefined
  if (!uv || !isUv) return readFileSync(join(project.directory, 'requirements.txt'), 'utf8')
  return (await shell.must(uv, 'export', '--frozen', '--no-emit-project', '--no-header', '--quiet')).stdout
}

/**
 * uv against pip: a new virtual environment with the same locked packages.
 * "cold" has everything to download. "warm" has nothing to: pip gets a directory with the wheels, uv its cache.
 * @param options `python` has pip; `requirements` is a file
 */
export async function measureFill(
  project: Project,
  options: { uv: string; python: string; requirements: string; rounds: { cold: number; warm: number } },
) {
  const { uv, python, requirements, rounds } = options
  const { world } = project
  const directory = join(world.directory, `${project.name}-fill`)
  const venv = join(directory, 'venv')
  const wheels = join(directory, 'wheels')
  const uvCache = cacheOf(project)
  mkdirSync(directory)

  const pip = async (...args: string[]) => {
    const made = await world.must(python, ['-m', 'venv', '--without-pip', venv], directory)
    const install = ['-m', 'pip', '--python', join(venv, 'bin/python'), 'install', '--quiet', '--require-hashes']
    const filled = await world.must(python, [...install, '--requirement', requirements, ...args], directory)
    return made.milliseconds + filled.milliseconds
  }
  const withUv = async (...args: string[]) => {
    const cache = ['--cache-dir', uvCache, '--quiet']
    const made = await world.must(uv, ['venv', '--python', python, venv, ...cache], directory)
    const install = ['pip', 'install', '--python', join(venv, 'bin/python'), '--require-hashes', ...cache]
    const filled = await world.must(uv, [...install, '--requirement', requirements, ...args], directory)
    return made.milliseconds + filled.milliseconds
  }
  const anew = (fill: () => Promise<number>) => () => {
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
  await world.must(python, download, directory)
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

/**
 * Have the posts' virtual environment ready, with its own pip: from uv's warm cache, which takes a tenth of the time.
 * @param options `directory` is the posts', with a requirements.txt
 */
export async function fillPosts(
  project: Project,
  { uv, python, directory }: { uv: string; python: string; directory: string },
) {
  await project.world.must(python, ['-m', 'venv', '.venv'], directory)
  const install = ['pip', 'install', '--quiet', '--offline', '--cache-dir', cacheOf(project)]
  const into = ['--python', '.venv/bin/python', '--requirement', 'requirements.txt']
  await project.world.must(uv, [...install, ...into], directory)
}

function cacheOf(project: Project) {
  return join(project.world.directory, `${project.name}-uv-cache`)
}

// What makes the locks of templates that cannot be committed, because addresses are in them.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { cache } from '../tests/support/cache.mjs'

const UV = '0.13.8' // the one in nixpkgs is older, and reads this one's locks

/** Where the packages of templates come from. */
export const INDEX = 'https://pypi.org/simple'

/** That very uv, kept in the cache of the tests. Templates are built at the same time: it is there whole, or not at all. */
export function findUv() {
  const directory = join(cache, `uv-${UV}`)
  const uv = join(directory, 'bin/uv')
  if (existsSync(uv)) return uv
  const part = `${directory}.${process.pid}`
  try {
    const args = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary=:all:', '--target', part, `uv==${UV}`]
    execFileSync('python3', args, { stdio: ['ignore', 'ignore', 'pipe'] })
    if (!existsSync(uv)) renameSync(part, directory)
  } catch {
    // Another build may have been first with it.
    if (!existsSync(uv)) throw new Error(`uv ${UV} cannot be had: python3 -m pip install uv==${UV}`)
  } finally {
    rmSync(part, { recursive: true, force: true })
  }
  return uv
}

/** A Python that pyproject.toml allows; where there is none, uv looks for one, or fetches it. */
export function findPython() {
  const places = (process.env.PATH ?? '').split(':').filter((place) => !place.endsWith('/shims'))
  const pyenv = join(homedir(), '.pyenv/versions')
  if (existsSync(pyenv)) places.push(...readdirSync(pyenv).map((name) => join(pyenv, name, 'bin')))
  for (const place of places) {
    for (const version of ['3.13', '3.12', '3.14']) {
      const python = join(place, `python${version}`)
      if (existsSync(python)) return python
    }
  }
}

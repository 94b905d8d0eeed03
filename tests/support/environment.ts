import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cache } from './cache.mjs'

/** One Nix that can be used: its version, and the directory that holds the program `nix`. */
export type Nix = { version: string; bin: string }

/** What `tests/provision/provision` found and fetched, for the nixpkgs that the runner (scripts/test.mjs) chose. */
export type Environment = {
  /** Directory of the stand-in for nixpkgs, a flake; the real one needs none. */
  nixpkgs?: string
  /** The same with JupyterLab and what belongs to it as new as PyPI has them. */
  nixpkgsNewest?: string
  nix: Nix[]
  chromium: string
  direnv: string
  /** A directory for NIX_CONF_DIR beside the stand-in: flakes on, nothing asked of the network. */
  nixConf?: string
}

/** This machine as Nix calls it. */
export const system = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-${process.platform}`

/** @throws Error that says how to get it, where the provision is missing. */
export function readEnvironment(): Environment {
  const file = join(cache, 'environment.json')
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Environment
  } catch (error) {
    throw new Error(`${file} cannot be read; make it with tests/provision/provision (${String(error)})`)
  }
}

/** The newest Nix there is. */
export function newestNix(environment: Environment): Nix {
  const newest = environment.nix.at(-1)
  if (!newest) throw new Error('there is no Nix; run tests/provision/provision')
  return newest
}

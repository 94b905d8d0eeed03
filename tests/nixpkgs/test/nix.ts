import { tmpdir } from 'node:os'
import { type Environment, type Nix, readEnvironment } from '../../support/environment.ts'
import { type Result, run } from '../../support/run.ts'

export const environment = readEnvironment() as Required<Environment>
export const [oldest, newest] = [environment.nix[0], environment.nix.at(-1)] as [Nix, Nix]

/** Every Nix, for tests that are cheap enough to be run on each. */
export const versions = environment.nix.map((nix) => [nix.version, nix] as const)

export const systems = ['x86_64-linux', 'aarch64-linux', 'aarch64-darwin'] as const

type Where = { nix?: Nix; system?: string; flake?: string }

/** Run `nix` with the tests' own settings. */
export function nix(args: string[], where: Where = {}): Promise<Result> {
  const { bin } = where.nix ?? oldest
  const PATH = `${bin}:${process.env.PATH}`
  return run(`${bin}/nix`, args, { cwd: tmpdir(), env: { ...process.env, PATH, NIX_CONF_DIR: environment.nixConf } })
}

/** Evaluate an expression over `pkgs`, purely, as a flake would. */
export function evaluate(expression: string, where: Where = {}): Promise<Result> {
  const source = where.flake ?? environment.nixpkgs
  const installable = `path:${source}#legacyPackages.${where.system ?? 'x86_64-linux'}`
  return nix(['eval', '--json', '--no-eval-cache', installable, '--apply', `pkgs: ${expression}`], where)
}

/** The value of an expression over `pkgs`. */
export async function value(expression: string, where: Where = {}): Promise<unknown> {
  const result = await evaluate(expression, where)
  if (result.code !== 0) throw new Error(`${expression}\n${result.stderr}`)
  return JSON.parse(result.stdout)
}

/** The error that an expression over `pkgs` ends with. */
export async function refusal(expression: string, where: Where = {}): Promise<string> {
  const result = await evaluate(expression, where)
  if (result.code === 0) throw new Error(`${expression} was not refused: ${result.stdout}`)
  return result.stderr
}

/** Build the package that an expression over `pkgs` gives; the log is part of the result. */
export function tryBuild(expression: string, where: Where = {}): Promise<Result> {
  const source = where.flake ?? environment.nixpkgs
  const set = `(builtins.getFlake "path:${source}").legacyPackages.${where.system ?? 'x86_64-linux'}`
  const args = ['build', '--no-link', '--print-build-logs', '--json', '--impure', '--expr']
  return nix([...args, `let pkgs = ${set}; in ${expression}`], where)
}

/** Build, and give the store path. */
export async function build(expression: string, where: Where = {}): Promise<string> {
  const result = await tryBuild(expression, where)
  if (result.code !== 0) throw new Error(`${expression}\n${result.stderr}`)
  const [built] = JSON.parse(result.stdout) as [{ outputs: Record<string, string> }]
  return Object.values(built.outputs)[0] as string
}

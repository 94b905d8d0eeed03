import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { type Environment, type Nix, readEnvironment } from './environment.ts'
import { must, type Result, type RunOptions, run } from './run.ts'

export type Status = {
  project: string
  root: string
  state: string
  running: boolean
  url: string | null
  services: { name: string; running: boolean; ready: boolean; pid: number; port: number; restarts: number }[]
}

/** A scaffolded project in a world of its own: home, state and git identity belong to it alone. */
export class Project {
  readonly folder: string
  readonly state: string
  readonly env: NodeJS.ProcessEnv
  readonly nix: Nix

  private constructor(world: string, name: string, nix: Nix, environment: Environment) {
    this.folder = join(world, name)
    this.state = join(world, 'state')
    this.nix = nix
    const home = join(world, 'home')
    mkdirSync(home)
    this.env = {
      PATH: `${nix.bin}:${process.env.PATH}`,
      HOME: home,
      USER: process.env.USER ?? 'tester',
      LANG: 'C.UTF-8',
      CI: 'true',
      XDG_STATE_HOME: this.state,
      // The stand-in needs nothing of the network; the real nixpkgs needs its binary cache.
      ...(environment.nixConf ? { NIX_CONF_DIR: environment.nixConf } : {}),
      GIT_AUTHOR_NAME: 'Tester',
      GIT_AUTHOR_EMAIL: 'tester@example.org',
      GIT_COMMITTER_NAME: 'Tester',
      GIT_COMMITTER_EMAIL: 'tester@example.org',
      ...passedOn(),
    }
  }

  /**
   * Scaffold a project with the packed program, and point its lock at the nixpkgs of this run.
   * @param options.name folder and name; `flags` more flags for the program; `nix` which Nix enters it; `inRepository`
   *   whether the folder around it is a git repository already
   */
  static async create(options: {
    name?: string
    flags?: string[]
    nix: Nix
    inRepository?: boolean
  }): Promise<Project> {
    const environment = readEnvironment()
    const world = mkdtempSync(join(tmpdir(), 'nix-jupyter-'))
    const project = new Project(world, options.name ?? 'my-lab', options.nix, environment)
    if (options.inRepository) await must('git', ['init', '--quiet'], { cwd: world, env: project.env })
    const flags = ['--template', inject('template'), '--yes', ...(options.flags ?? [])]
    await must(inject('program'), [options.name ?? 'my-lab', ...flags], { cwd: world, env: project.env })
    if (environment.nixpkgs) await project.redirectLock(environment.nixpkgs)
    return project
  }

  /** From here on everything that reads the lock, ./start and direnv too, finds the stand-in for nixpkgs. */
  private async redirectLock(nixpkgs: string): Promise<void> {
    const flags = ['--extra-experimental-features', 'nix-command flakes']
    await must('nix', [...flags, 'flake', 'lock', '--override-input', 'nixpkgs', `path:${nixpkgs}`], this.here())
    await must('git', ['commit', '--quiet', '--all', '--message', 'Test on the stand-in'], this.here())
  }

  /** Options for a command inside the project's folder. */
  here(options: RunOptions = {}): RunOptions {
    return { cwd: this.folder, ...options, env: { ...this.env, ...options.env } }
  }

  /** `nix develop --command …`, as users and editors run it. */
  develop(command: string[], options: RunOptions = {}): Promise<Result> {
    const flags = ['--extra-experimental-features', 'nix-command flakes']
    return run('nix', [...flags, 'develop', '--command', ...command], this.here(options))
  }

  /** Any `nix` command, with flakes on. */
  nixCommand(args: string[], options: RunOptions = {}): Promise<Result> {
    return run('nix', ['--extra-experimental-features', 'nix-command flakes', ...args], this.here(options))
  }

  /** What a function of Nix makes of an output of the flake. */
  async evaluate<T>(output: string, apply: string): Promise<T> {
    const result = await this.nixCommand(['eval', '--json', `.#${output}`, '--apply', apply])
    if (result.code !== 0) throw new Error(result.stderr)
    return JSON.parse(result.stdout)
  }

  /** `lab …` inside the environment. */
  lab(...args: string[]): Promise<Result> {
    return this.develop(['lab', ...args])
  }

  async status(): Promise<Status> {
    const result = await this.lab('status', '--json')
    return JSON.parse(result.stdout) as Status
  }

  /** As `status`, where the shell itself cannot be entered. */
  async runningStatus(): Promise<Status> {
    return JSON.parse(await must(join(this.folder, 'lab'), ['status', '--json'], this.here())) as Status
  }

  start(...args: string[]): Promise<Result> {
    return run(join(this.folder, 'start'), ['--no-open', ...args], this.here({ cwd: tmpdir() }))
  }

  stop(): Promise<Result> {
    return run(join(this.folder, 'stop'), [], this.here({ cwd: tmpdir() }))
  }

  /** Write down what git sees that it should not: an empty text is what we want. */
  gitStatus(): Promise<string> {
    return must('git', ['status', '--porcelain'], this.here())
  }

  async remove(): Promise<void> {
    await this.stop()
    rmSync(join(this.folder, '..'), { recursive: true, force: true })
  }
}

/** Settings of this machine that reach package registries and certificates. */
function passedOn(): NodeJS.ProcessEnv {
  const names = /^(PIP_|UV_|SSL_CERT_|NIX_SSL_|REQUESTS_CA_|https?_proxy$|no_proxy$|npm_config_)/i
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => names.test(name)))
}

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { inject } from 'vitest'
import { FLAKES } from './cache.mjs'
import { type Environment, type Nix, newestNix, readEnvironment } from './environment.ts'
import { person, waysOut } from './home.ts'
import { entry } from './program.ts'
import { must, type Result, type RunOptions, run } from './run.ts'
import { template } from './template.ts'

/** The flag with which `cp` makes links of large trees, where it knows that one; whoever changes a file in them replaces it. */
const WITH_LINKS = process.platform === 'linux' ? '-al' : '-a'

/** The mark, a tag of git's, that the shared project is whole. */
const MADE = '.git/refs/tags/made'

export type Status = {
  project: string
  root: string
  state: string
  running: boolean
  url: string | null
  services: {
    name: string
    running: boolean
    ready: boolean
    pid: number
    port: number
    url: string
    restarts: number
  }[]
}

/** A scaffolded project in a world of its own: home, state and git identity belong to it alone. */
export class Project {
  readonly directory: string
  readonly state: string
  readonly env: NodeJS.ProcessEnv
  readonly nix: Nix
  private readonly isShared: boolean

  private constructor(world: string, name: string, nix: Nix, environment: Environment, isShared = false) {
    this.directory = join(world, name)
    this.state = join(world, 'state')
    this.nix = nix
    this.isShared = isShared
    const home = join(world, 'home')
    this.env = {
      PATH: `${nix.bin}:${process.env.PATH}`,
      ...person(home),
      USER: process.env.USER ?? 'tester',
      CI: 'true',
      // The threads of torch otherwise count while they wait for each other: ten times the work on a busy machine.
      OMP_WAIT_POLICY: 'PASSIVE',
      XDG_STATE_HOME: this.state,
      // Packages from PyPI are fetched once for all projects of a run, as for all projects of a user.
      PIP_CACHE_DIR: join(inject('shared'), 'pip'),
      UV_CACHE_DIR: join(inject('shared'), 'uv'),
      // The stand-in needs nothing of the network; the real nixpkgs needs its binary cache.
      ...(environment.nixConf ? { NIX_CONF_DIR: environment.nixConf } : {}),
      ...waysOut(/^(PIP_|UV_|SSL_CERT_|NIX_SSL_|REQUESTS_CA_|https?_proxy$|no_proxy$|npm_config_)/i),
    }
  }

  /**
   * Scaffold a project with the packed program, and point its lock at the nixpkgs of this run.
   * @param options.name directory and name; `template` another one than that of this run; `flags` more flags for the
   * program; `nix` which Nix enters it; `inRepository`
   *   whether the directory around it is a git repository already; `nixpkgs` another one than that of this run
   */
  static async create(options: {
    name?: string
    template?: string
    flags?: string[]
    nix: Nix
    inRepository?: boolean
    nixpkgs?: string
  }): Promise<Project> {
    const world = mkdtempSync(join(tmpdir(), 'nix-jupyter-'))
    return new Project(world, options.name ?? 'my-lab', options.nix, readEnvironment()).scaffold(options)
  }

  /** The shared project where this is the Nix that it is entered with, otherwise one of its own, entered once. */
  static async enteredWith(nix: Nix): Promise<Project> {
    if (nix.version === newestNix(readEnvironment()).version) return Project.shared()
    return (await Project.create({ nix })).enter()
  }

  private async enter(): Promise<this> {
    const entered = await this.develop(['true'])
    if (entered.code !== 0) throw new Error(entered.stderr)
    return this
  }

  /**
   * The one project that the test files of a process use in turn, as the program makes it unless it is told more, entered
   * with the newest Nix. Making it takes a second, and filling its environment more. `remove` puts it back.
   */
  static async shared(): Promise<Project> {
    const environment = readEnvironment()
    const world = join(inject('shared'), process.env.VITEST_POOL_ID ?? '', 'world')
    const project = new Project(world, 'my-lab', newestNix(environment), environment, true)
    if (existsSync(join(project.directory, MADE))) return project
    await rm(world, { recursive: true, force: true })
    await project.scaffold({})
    await project.enter()
    await must('cp', ['-a', project.state, String(project.env.HOME), join(world, '..')])
    if (existsSync(project.venv)) await must('cp', [WITH_LINKS, project.venv, join(world, '../venv')])
    await must('git', ['tag', 'made'], project.here())
    return project
  }

  private async scaffold(options: {
    template?: string
    flags?: string[]
    inRepository?: boolean
    nixpkgs?: string
  }): Promise<this> {
    const world = join(this.directory, '..')
    const name = basename(this.directory)
    mkdirSync(String(this.env.HOME), { recursive: true })
    if (options.inRepository) await must('git', ['init', '--quiet'], { cwd: world, env: this.env })
    const flags = ['--template', options.template ?? template.id, '--yes', ...(options.flags ?? [])]
    await must(process.execPath, [entry(), name, ...flags], { cwd: world, env: this.env })
    const nixpkgs = options.nixpkgs ?? readEnvironment().nixpkgs
    if (nixpkgs) await this.redirectLock(nixpkgs)
    return this
  }

  /** From here on everything that reads the lock, ./start and direnv too, finds the stand-in for nixpkgs. */
  private async redirectLock(nixpkgs: string): Promise<void> {
    await must('nix', [...FLAKES, 'flake', 'lock', '--override-input', 'nixpkgs', `path:${nixpkgs}`], this.here())
    await must('git', ['commit', '--quiet', '--all', '--message', 'Test on the stand-in'], this.here())
  }

  /** Options for a command inside the project's directory. */
  here(options: RunOptions = {}): RunOptions {
    return { cwd: this.directory, ...options, env: { ...this.env, ...options.env } }
  }

  /** `nix develop --command …`, as users and editors run it. */
  develop(command: string[], options: RunOptions = {}): Promise<Result> {
    return this.nixCommand(['develop', '--command', ...command], options)
  }

  /** Any `nix` command, with flakes on. */
  nixCommand(args: string[], options: RunOptions = {}): Promise<Result> {
    return run('nix', [...FLAKES, ...args], this.here(options))
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

  /** What runs, of a project that was entered before; asked as outside of the shell, which needs no Nix. */
  async status(): Promise<Status> {
    return JSON.parse(await must(join(this.directory, 'lab'), ['status', '--json'], this.here())) as Status
  }

  /** The same, asked inside of the shell. */
  async statusInShell(): Promise<Status> {
    const result = await this.lab('status', '--json')
    return JSON.parse(result.stdout) as Status
  }

  start(...args: string[]): Promise<Result> {
    return run(join(this.directory, 'start'), ['--no-open', ...args], this.here({ cwd: tmpdir() }))
  }

  stop(): Promise<Result> {
    return run(join(this.directory, 'stop'), [], this.here({ cwd: tmpdir() }))
  }

  /** Write down what git sees that it should not: an empty text is what we want. */
  gitStatus(): Promise<string> {
    return must('git', ['status', '--porcelain'], this.here())
  }

  private get venv(): string {
    return join(this.directory, '.venv')
  }

  /**
   * Put back the virtual environment that was there when the shared project was made, if a test has had it made anew: the
   * state directory that is put back does not know that one, and each test file after it would have to make it again.
   * @returns its name, where there is one
   */
  private async restoreVenv(): Promise<string[]> {
    const kept = join(this.directory, '../../venv')
    if (!existsSync(kept)) return []
    const stampIn = (venv: string) => {
      const file = join(venv, '.nix-jupyter-key')
      return existsSync(file) ? readFileSync(file, 'utf8') : ''
    }
    if (stampIn(this.venv) !== stampIn(kept)) {
      await rm(this.venv, { recursive: true, force: true })
      await must('cp', [WITH_LINKS, kept, this.venv])
    }
    return ['.venv']
  }

  /** The end: nothing runs, and the project is gone; the shared one is as it was when it was made and entered. */
  async remove(): Promise<void> {
    await this.stop()
    const world = join(this.directory, '..')
    if (!this.isShared) return rm(world, { recursive: true, force: true })
    await must('git', ['reset', '--hard', '--quiet', 'made'], this.here())
    const made = ['.nix-jupyter', ...(await this.restoreVenv())]
    await must('git', ['clean', '-ffdxq', ...made.map((name) => `--exclude=${name}`)], this.here())
    for (const left of readdirSync(world)) {
      if (left !== basename(this.directory)) await rm(join(world, left), { recursive: true })
    }
    for (const kept of ['state', 'home']) await must('cp', ['-a', join(world, '..', kept), world])
  }
}

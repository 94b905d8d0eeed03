import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { must } from './run.ts'
import type { World } from './world.ts'

/** A scaffolded project, on the stand-in for nixpkgs. */
export class Project {
  readonly world: World
  readonly name: string
  readonly env: NodeJS.ProcessEnv
  readonly directory: string

  private constructor(world: World, name: string, env: NodeJS.ProcessEnv) {
    this.world = world
    this.name = name
    this.env = env
    this.directory = join(world.directory, name)
  }

  /** With the time that the program took. */
  static async create(world: World, tier: string, name: string, env = world.env, flags: string[] = []) {
    const project = new Project(world, name, env)
    const args = [world.program, name, '--template', tier, ...flags, '--yes']
    const { milliseconds } = await world.must(process.execPath, args, world.directory, env)
    // Nobody but us has to do this, so it is in no number.
    await project.nix('flake', 'lock', '--override-input', 'nixpkgs', `path:${world.nixpkgs}`)
    await project.commit(project.directory, 'Measure on the stand-in')
    return { project, milliseconds }
  }

  nix(...args: string[]) {
    return this.world.mustNix(args, this.directory, this.env)
  }

  develop(...command: string[]) {
    return this.nix('develop', '--command', ...command)
  }

  /** ./start or ./stop, as it is typed. */
  script(script: string, ...args: string[]) {
    return this.world.must(join(this.directory, script), args, this.directory, this.env)
  }

  /** Commit all that has changed, here or in a copy. */
  commit(directory: string, message: string) {
    return this.world.must('git', ['commit', '--quiet', '--all', '--message', message], directory)
  }

  /** A shell that has been entered, for commands that are typed there. */
  async shell(): Promise<Shell> {
    const { stdout } = await this.develop('env', '-0')
    const entries = stdout.split('\0').filter(Boolean)
    const env = Object.fromEntries(entries.map((entry) => entry.split(/=(.*)/s, 2)))
    // The temporary directory of `nix develop` has gone with its shell.
    for (const name of ['NIX_BUILD_TOP', 'TMPDIR', 'TMP', 'TEMP', 'TEMPDIR']) delete env[name]
    return new Shell(this.directory, env)
  }
}

/** A shell of the project that has been entered already. */
export class Shell {
  readonly directory: string
  readonly env: NodeJS.ProcessEnv
  /** What Nix says about the project. */
  readonly facts: { pythonVersion: string; python: string; env: string; uv: string | null }

  constructor(directory: string, env: NodeJS.ProcessEnv) {
    this.directory = directory
    this.env = env
    this.facts = JSON.parse(readFileSync(this.variable('NIX_JUPYTER_PROJECT'), 'utf8'))
  }

  variable(name: string): string {
    const value = this.env[name]
    if (value === undefined) throw new Error(`the shell does not set ${name}`)
    return value
  }

  must(command: string, ...args: string[]) {
    return must(command, args, { cwd: this.directory, env: this.env })
  }

  hasVenv(): boolean {
    return this.variable('NIX_JUPYTER_VENV_KEY') !== ''
  }
}

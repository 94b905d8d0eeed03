import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { must } from './run.mjs'

/** A scaffolded project, on the stand-in for nixpkgs. */
export class Project {
  /**
   * @param {import('./world.mjs').World} world
   * @param {string} tier
   * @param {string} name
   * @param {NodeJS.ProcessEnv} env
   */
  constructor(world, tier, name, env) {
    this.world = world
    this.tier = tier
    this.name = name
    this.env = env
    this.folder = join(world.folder, name)
  }

  /**
   * @param {import('./world.mjs').World} world
   * @param {string} tier
   * @param {string} name
   * @param {NodeJS.ProcessEnv} [env]
   * @returns {Promise<{ project: Project, milliseconds: number }>} with the time that the program took
   */
  static async create(world, tier, name, env = world.env) {
    const project = new Project(world, tier, name, env)
    const { milliseconds } = await world.must(world.program, [name, '--template', tier, '--yes'], world.folder, env)
    // Nobody but us has to do this, so it is in no number.
    await project.nix('flake', 'lock', '--override-input', 'nixpkgs', `path:${world.nixpkgs}`)
    await project.commit('Measure on the stand-in')
    return { project, milliseconds }
  }

  /** @param {...string} args */
  nix(...args) {
    return this.world.mustNix(args, this.folder, this.env)
  }

  /** @param {...string} command */
  develop(...command) {
    return this.nix('develop', '--command', ...command)
  }

  /**
   * ./start or ./stop, as it is typed.
   * @param {string} script
   * @param {...string} args
   */
  script(script, ...args) {
    return this.world.must(join(this.folder, script), args, this.folder, this.env)
  }

  /** @param {string} message */
  async commit(message) {
    await this.world.must('git', ['commit', '--quiet', '--all', '--message', message], this.folder)
  }

  /** The variables inside the shell, for commands that are typed there. */
  async shell() {
    const { stdout } = await this.develop('env', '-0')
    /** @type {NodeJS.ProcessEnv} */
    const env = {}
    for (const entry of stdout.split('\0').filter(Boolean)) {
      const at = entry.indexOf('=')
      env[entry.slice(0, at)] = entry.slice(at + 1)
    }
    // The temporary folder of `nix develop` has gone with its shell.
    for (const name of ['NIX_BUILD_TOP', 'TMPDIR', 'TMP', 'TEMP', 'TEMPDIR']) delete env[name]
    return new Shell(this.folder, env)
  }
}

/** A shell of the project that has been entered already. */
export class Shell {
  /**
   * @param {string} folder
   * @param {NodeJS.ProcessEnv} env
   */
  constructor(folder, env) {
    this.folder = folder
    this.env = env
    /** What Nix says about the project. @type {{ pythonVersion: string, python: string, env: string, uv: string | null }} */
    this.facts = JSON.parse(readFileSync(this.variable('NIX_JUPYTER_PROJECT'), 'utf8'))
  }

  /** @param {string} name */
  variable(name) {
    const value = this.env[name]
    if (value === undefined) throw new Error(`the shell does not set ${name}`)
    return value
  }

  /**
   * @param {string} command
   * @param {...string} args
   */
  must(command, ...args) {
    return must(command, args, { cwd: this.folder, env: this.env })
  }

  hasVenv() {
    return this.variable('NIX_JUPYTER_VENV_KEY') !== ''
  }
}

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endAll, must, run } from './run.mjs'

const repository = join(dirname(fileURLToPath(import.meta.url)), '../..')
const FLAKES = ['--extra-experimental-features', 'nix-command flakes']

/**
 * A temporary folder for everything that is measured: the packed program, the stand-in for nixpkgs as it is now,
 * projects and homes. Nothing of the user's own settings gets in, but for the way to the package registries.
 */
export class World {
  /** Puts back what was started; filled by whoever starts something. @type {(() => Promise<unknown>)[]} */
  endings = []
  /** @type {Promise<void> | undefined} */
  #removal

  /**
   * @param {string} folder
   * @param {{ nixpkgs: string, nixConf: string, nix: { version: string, bin: string }[] }} provided
   */
  constructor(folder, provided) {
    const nix = provided.nix.at(-1)
    if (!nix) throw new Error('there is no Nix; run tests/provision/provision')
    this.folder = folder
    this.nix = nix
    this.nixConf = provided.nixConf
    this.nixpkgs = join(folder, 'nixpkgs')
    this.program = join(folder, 'program/node_modules/.bin/create-nix-jupyter')
    this.system = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-${process.platform}`
    this.env = this.home('home')
  }

  static async make() {
    const folder = mkdtempSync(join(tmpdir(), 'nix-jupyter-bench-'))
    const world = new World(folder, readProvided())
    // A copy: whatever is done in the repository during a run, the run stays on one nixpkgs.
    cpSync(readProvided().nixpkgs, world.nixpkgs, { recursive: true })
    await world.#installProgram()
    return world
  }

  /** What is measured is what is published. */
  async #installProgram() {
    const source = join(repository, 'packages/create-nix-jupyter')
    const target = join(this.folder, 'program')
    mkdirSync(target)
    const packed = await must('npm', ['pack', '--json', '--pack-destination', target], { cwd: source })
    const [{ filename }] = JSON.parse(packed.stdout)
    await must('npm', ['install', '--prefix', target, '--offline', '--no-audit', join(target, filename)])
  }

  /**
   * The environment of a user with a new home folder.
   * @param {string} name
   * @returns {NodeJS.ProcessEnv}
   */
  home(name) {
    const home = join(this.folder, name)
    mkdirSync(home)
    return {
      PATH: `${this.nix.bin}:${process.env.PATH}`,
      HOME: home,
      USER: 'bench',
      LANG: 'C.UTF-8',
      CI: 'true',
      XDG_STATE_HOME: join(home, 'state'),
      NIX_CONF_DIR: this.nixConf,
      GIT_AUTHOR_NAME: 'Bench',
      GIT_AUTHOR_EMAIL: 'bench@example.org',
      GIT_COMMITTER_NAME: 'Bench',
      GIT_COMMITTER_EMAIL: 'bench@example.org',
      ...waysToRegistries(),
    }
  }

  /**
   * @param {string} command
   * @param {string[]} args
   * @param {string} cwd
   * @param {NodeJS.ProcessEnv} [env]
   */
  must(command, args, cwd, env = this.env) {
    return must(command, args, { cwd, env })
  }

  /**
   * @param {string[]} args
   * @param {string} cwd
   * @param {NodeJS.ProcessEnv} [env]
   */
  mustNix(args, cwd, env) {
    return this.must('nix', [...FLAKES, ...args], cwd, env)
  }

  /**
   * @param {string[]} args
   * @param {string} cwd
   */
  tryNix(args, cwd) {
    return run('nix', [...FLAKES, ...args], { cwd, env: this.env })
  }

  /** End and remove everything. Asked twice, after an interruption, it is done once. */
  remove() {
    this.#removal ??= this.#removeAll()
    return this.#removal
  }

  async #removeAll() {
    endAll()
    for (const end of this.endings) await end().catch((error) => console.error(String(error)))
    endAll()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** What tests/provision/provision has found and fetched. */
function readProvided() {
  const usual = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'create-nix-jupyter')
  const file = join(process.env.CREATE_NIX_JUPYTER_CACHE ?? usual, 'environment.json')
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`${file} cannot be read; make it with tests/provision/provision (${error})`)
  }
}

/** Where this machine finds package registries and certificates; not the folders of wheels that it may have besides. */
function waysToRegistries() {
  const names =
    /^(PIP_(CERT|INDEX_URL|EXTRA_INDEX_URL|DEFAULT_TIMEOUT)$|UV_|SSL_CERT_|NIX_SSL_|REQUESTS_CA_|https?_proxy$|no_proxy$)/i
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => names.test(name)))
}

import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FLAKES } from '../../tests/support/cache.mjs'
import { type Environment, type Nix, newestNix, readEnvironment } from '../../tests/support/environment.ts'
import { person, waysOut } from '../../tests/support/home.ts'
import { packProgram } from '../../tests/support/pack.ts'
import { endAll, must, run } from './run.ts'

/** Where this machine finds package registries and certificates; not the directories of wheels that it may have too. */
const WAYS =
  /^(PIP_(CERT|INDEX_URL|EXTRA_INDEX_URL|DEFAULT_TIMEOUT)$|UV_|SSL_CERT_|NIX_SSL_|REQUESTS_CA_|https?_proxy$|no_proxy$)/i

/**
 * A temporary directory for everything that is measured: the packed program, the stand-in for nixpkgs as it is now,
 * projects and homes. Nothing of the user's own settings gets in, but for the way to the package registries.
 */
export class World {
  readonly directory = mkdtempSync(join(tmpdir(), 'nix-jupyter-bench-'))
  readonly provided = readEnvironment() as Required<Environment>
  readonly nix: Nix = newestNix(this.provided)
  readonly nixpkgs = join(this.directory, 'nixpkgs')
  readonly env = this.home('home')
  /** Puts back what was started; filled by whoever starts something. */
  readonly endings: (() => Promise<unknown>)[] = []
  program = ''
  #removal: Promise<void> | undefined

  static async make(): Promise<World> {
    const world = new World()
    // A copy: whatever is done in the repository during a run, the run stays on one nixpkgs.
    cpSync(world.provided.nixpkgs, world.nixpkgs, { recursive: true })
    const { installed } = await packProgram(world.directory)
    world.program = join(installed, 'bin/create-nix-jupyter.cjs')
    return world
  }

  /** The environment of a user with a new home directory. */
  home(name: string): NodeJS.ProcessEnv {
    const home = join(this.directory, name)
    mkdirSync(home)
    return {
      PATH: `${this.nix.bin}:${process.env.PATH}`,
      ...person(home),
      USER: 'bench',
      CI: 'true',
      XDG_STATE_HOME: join(home, 'state'),
      NIX_CONF_DIR: this.provided.nixConf,
      ...waysOut(WAYS),
    }
  }

  must(command: string, args: string[], cwd: string, env = this.env) {
    return must(command, args, { cwd, env })
  }

  mustNix(args: string[], cwd: string, env?: NodeJS.ProcessEnv) {
    return this.must('nix', [...FLAKES, ...args], cwd, env)
  }

  tryNix(args: string[], cwd: string) {
    return run('nix', [...FLAKES, ...args], { cwd, env: this.env })
  }

  /** End and remove everything. Asked twice, after an interruption, it is done once. */
  remove(): Promise<void> {
    this.#removal ??= this.#removeAll()
    return this.#removal
  }

  async #removeAll() {
    endAll()
    for (const end of this.endings) await end().catch((error) => console.error(String(error)))
    endAll()
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 3 })
  }
}

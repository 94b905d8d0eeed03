import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PATH, waysOut } from '../support/home.ts'
import { begin, type Ended, type Running, type Start } from '../support/launch.ts'
import { mountReadOnly, mountSmallDisk } from '../support/mounts.ts'
import type { Program } from './program.ts'

/** Somebody else than root. */
export const NOBODY = 65534

/** Some situations are made with mounts or as another user. */
export const isRoot = process.getuid?.() === 0

/** Every scene there is, to be removed when the run is interrupted. */
const scenes = new Set<Scene>()

export function removeAllScenes(): void {
  for (const scene of scenes) scene.remove()
}

/** A fresh place for one run: an empty directory to work in, another around it, and a home directory without settings. */
export class Scene {
  readonly program: Program
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'nix-jupyter-failures-')))
  /** What is looked at afterwards. */
  readonly box = join(this.root, 'box')
  /** Where the program runs. */
  readonly here = join(this.box, 'here')
  readonly home = join(this.root, 'home')
  readonly temporary = join(this.root, 'tmp')
  env: NodeJS.ProcessEnv
  readonly #mounts: (() => void)[] = []

  constructor(program: Program) {
    this.program = program
    scenes.add(this)
    chmodSync(this.root, 0o755)
    for (const directory of [this.here, this.home, this.temporary]) mkdirSync(directory, { recursive: true })
    program.prepare?.(this.home)
    this.env = {
      ...waysOut(/^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|https?_proxy|no_proxy)$/i),
      TERM: 'xterm-256color',
      LANG: 'C.UTF-8',
      GIT_CONFIG_NOSYSTEM: '1',
      HOME: this.home,
      TMPDIR: this.temporary,
      PATH: `${this.#withoutInstalling()}:${PATH}`,
    }
  }

  /** Projects are made, not installed: npm installs nothing, and runs nothing of what would be there then. */
  #withoutInstalling(): string {
    const directory = join(this.root, 'bin')
    mkdirSync(directory)
    const npm = join(dirname(process.execPath), 'npm')
    const script = `#!/bin/sh\ncase "$1" in install | i | ci | add | exec) exit 0 ;; esac\nexec '${npm}' "$@"\n`
    writeFileSync(join(directory, 'npm'), script, { mode: 0o755 })
    return directory
  }

  command(words: string[]): string[] {
    return [process.execPath, this.program.bin, ...words]
  }

  /** Start the program. */
  begin(words: string[], how: Partial<Start> = {}): Running {
    const { answers, limit } = this.program
    const usual = { command: this.command(words), cwd: this.here, limit, ...(answers && !how.silent && { answers }) }
    return begin({ ...usual, ...how, env: { ...this.env, ...how.env } })
  }

  /** Run the program to its end. */
  run(words: string[], how?: Partial<Start>): Promise<Ended> {
    return this.begin(words, how).ended
  }

  /** Put a small disk there. */
  mountSmallDisk(directory: string, options: string): void {
    this.#mounts.push(mountSmallDisk(directory, options))
  }

  /** Make a directory read-only, for root too. */
  mountReadOnly(directory: string): void {
    this.#mounts.push(mountReadOnly(directory))
  }

  /** Home and temporary files belong to somebody else; the directory to work in does not. */
  giveHomeTo(user: number): void {
    for (const directory of [this.home, this.temporary]) chownSync(directory, user, user)
    spawnSync('chown', ['-R', `${user}:${user}`, this.home])
  }

  remove(): void {
    scenes.delete(this)
    for (const undo of this.#mounts.splice(0).reverse()) undo()
    rmSync(this.root, { recursive: true, force: true, maxRetries: 3 })
  }
}

import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { launch } from './launch.mjs'

/** Somebody else than root. */
export const NOBODY = 65534

/** Every scene there is, to be removed when the run is interrupted. @type {Set<Scene>} */
const scenes = new Set()

export function removeAllScenes() {
  for (const scene of scenes) scene.remove()
}

/**
 * A fresh place for one run: an empty folder to work in, another one around it, and a home folder without settings.
 */
export class Scene {
  /** @type {string[]} */
  #mounts = []

  /** @param {import('./programs.mjs').Program} program */
  constructor(program) {
    this.program = program
    this.root = realpathSync(mkdtempSync(join(tmpdir(), 'nix-jupyter-failures-')))
    scenes.add(this)
    chmodSync(this.root, 0o755)
    /** What is looked at afterwards. */
    this.box = join(this.root, 'box')
    /** Where the program runs. */
    this.here = join(this.box, 'here')
    this.home = join(this.root, 'home')
    this.temporary = join(this.root, 'tmp')
    for (const folder of [this.here, this.home, this.temporary]) mkdirSync(folder, { recursive: true })
    program.prepare?.(this.home)
    /** @type {NodeJS.ProcessEnv} */
    this.env = { ...environment(), HOME: this.home, TMPDIR: this.temporary, PATH: this.#path() }
  }

  /** Projects are made, not installed: npm installs nothing, and runs nothing of what would be there then. */
  #path() {
    const folder = join(this.root, 'bin')
    mkdirSync(folder)
    const npm = join(dirname(process.execPath), 'npm')
    const script = `#!/bin/sh\ncase "$1" in install | i | ci | add | exec) exit 0 ;; esac\nexec '${npm}' "$@"\n`
    writeFileSync(join(folder, 'npm'), script, { mode: 0o755 })
    return `${folder}:${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`
  }

  /** @param {string[]} words */
  command(words) {
    return [process.execPath, this.program.bin, ...words]
  }

  /**
   * Run the program to its end.
   * @param {string[]} words
   * @param {Partial<import('./launch.mjs').Start>} [how]
   */
  run(words, how = {}) {
    const answers = this.program.answers && !how.silent ? { answers: this.program.answers } : {}
    const env = { ...this.env, ...how.env }
    return launch({ command: this.command(words), cwd: this.here, ...answers, ...how, env })
  }

  /** Put a small disk there. @param {string} folder @param {string} options */
  mountSmallDisk(folder, options) {
    this.#mount(['-t', 'tmpfs', '-o', options, 'tmpfs', folder], folder)
  }

  /** Make a folder read-only, for root too. @param {string} folder */
  mountReadOnly(folder) {
    this.#mount(['--bind', folder, folder], folder)
    mustMount(['-o', 'remount,bind,ro', folder])
  }

  /** @param {string[]} args @param {string} folder */
  #mount(args, folder) {
    mustMount(args)
    this.#mounts.push(folder)
  }

  /** Home and temporary files belong to somebody else; the folder to work in does not. @param {number} user */
  giveHomeTo(user) {
    for (const folder of [this.home, this.temporary]) chownSync(folder, user, user)
    spawnSync('chown', ['-R', `${user}:${user}`, this.home])
  }

  remove() {
    scenes.delete(this)
    for (const folder of this.#mounts.splice(0).reverse()) spawnSync('umount', ['--lazy', folder])
    rmSync(this.root, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** What a program may know of this machine: the way to the package registries. */
function environment() {
  const ways = Object.entries(process.env).filter(([name]) =>
    /^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|https?_proxy|no_proxy)$/i.test(name),
  )
  return { ...Object.fromEntries(ways), TERM: 'xterm-256color', LANG: 'C.UTF-8', GIT_CONFIG_NOSYSTEM: '1' }
}

/** @param {string[]} args */
function mustMount(args) {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`mount ${args.join(' ')}: ${stderr}`)
}

/** Some situations are made with mounts or as another user. */
export const isRoot = process.getuid?.() === 0

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mountDisk } from './disk.mjs'
import { endAll } from './run.mjs'

/** A temporary folder for all that is measured, and the same environment for every scaffolder. */
export class Stage {
  folder = mkdtempSync(join(tmpdir(), 'nix-jupyter-bench-'))
  #unmount = mountDisk(this.folder)
  /** Where everything is written. */
  disk = this.#unmount ? 'an empty ext4 of their own' : 'the disk of this machine'
  env = this.newEnvironment()

  /** As of a person at a terminal, with a new home: nobody's settings, not CI, and no word about npm. */
  newEnvironment() {
    const home = this.newFolder()
    const temporary = join(home, 'tmp')
    mkdirSync(temporary)
    return {
      PATH: process.env.PATH,
      HOME: home,
      TMPDIR: temporary,
      USER: 'bench',
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      GIT_AUTHOR_NAME: 'Bench',
      GIT_AUTHOR_EMAIL: 'bench@example.org',
      GIT_COMMITTER_NAME: 'Bench',
      GIT_COMMITTER_EMAIL: 'bench@example.org',
      ...waysOut(),
    }
  }

  newFolder() {
    return mkdtempSync(join(this.folder, 'new-'))
  }

  /**
   * Work in a new empty folder, which is gone afterwards.
   * @template T
   * @param {(folder: string) => Promise<T>} work
   */
  async inNewFolder(work) {
    const folder = this.newFolder()
    try {
      return await work(folder)
    } finally {
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    }
  }

  remove() {
    endAll()
    this.#unmount?.()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** A scaffolder that asks the network must reach it as it would on this machine. */
function waysOut() {
  const names = /^(NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|https?_proxy|no_proxy)$/i
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => names.test(name)))
}

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { person, waysOut } from '../../tests/support/home.ts'
import { mountDisk } from './disk.ts'
import { endAll } from './run.ts'

/** A temporary directory for all that is measured, and the same environment for every scaffolder. */
export class Stage {
  directory = mkdtempSync(join(tmpdir(), 'nix-jupyter-bench-'))
  #unmount = mountDisk(this.directory)
  /** Where everything is written. */
  disk = this.#unmount ? 'an empty ext4 of their own' : 'the disk of this machine'
  env = this.newEnvironment()

  /** As of a person at a terminal, with a new home: nobody's settings, not CI, and no word about npm. */
  newEnvironment() {
    const home = this.newDirectory()
    const temporary = join(home, 'tmp')
    mkdirSync(temporary)
    return {
      PATH: process.env.PATH,
      ...person(home),
      TMPDIR: temporary,
      USER: 'bench',
      TERM: 'xterm-256color',
      // A scaffolder that asks the network must reach it as it would on this machine.
      ...waysOut(/^(NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|https?_proxy|no_proxy)$/i),
    }
  }

  newDirectory() {
    return mkdtempSync(join(this.directory, 'new-'))
  }

  /** Work in a new empty directory, which is gone afterwards. */
  async inNewDirectory<T>(work: (directory: string) => Promise<T>) {
    const directory = this.newDirectory()
    try {
      return await work(directory)
    } finally {
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
    }
  }

  remove() {
    endAll()
    this.#unmount?.()
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 3 })
  }
}

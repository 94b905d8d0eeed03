import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cache } from '../../tests/support/cache.mjs'
import { packProgram } from '../../tests/support/pack.ts'
import { must } from './run.ts'

/** A scaffolder, ours or another one, as npm installs it. */
export type Scaffolder = {
  /** of its package */
  name: string
  version: string
  /** what makes a project `app` in the current directory without a question */
  scaffold: string[]
  /** the one with its `node_modules` */
  directory: string
  /** its program, to be run by Node */
  bin: string
}

type Peer = Pick<Scaffolder, 'name' | 'version' | 'scaffold'>

/** The others at the versions of peers.json, from the npm registry; what is installed once is kept for the next run. */
export async function installPeers(): Promise<Scaffolder[]> {
  const kept = join(cache, 'peers')
  mkdirSync(kept, { recursive: true })
  const peers: Peer[] = JSON.parse(readFileSync(join(import.meta.dirname, '../peers.json'), 'utf8'))
  return Promise.all(peers.map((peer) => installPeer(peer, kept)))
}

/** Ours, packed from what was built, in a temporary directory that the caller removes. */
export async function installOurs(): Promise<Scaffolder & { tarball: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'nix-jupyter-ours-'))
  const { installed, tarball } = await packProgram(directory)
  const { name, version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  // As npm does it, which also writes down what it has installed.
  await must('npm', ['install', '--prefix', directory, '--offline', '--no-audit', '--no-fund', tarball])
  const scaffold = ['app', '--template', 'minimal', '--yes', '--no-git']
  return { name, version, scaffold, directory, tarball, bin: binOf(directory, name) }
}

async function installPeer(peer: Peer, kept: string) {
  const directory = join(kept, `${peer.name}-${peer.version}`)
  if (!existsSync(directory)) {
    const fresh = mkdtempSync(`${directory}.`)
    try {
      await must('npm', ['install', '--prefix', fresh, '--no-audit', '--no-fund', `${peer.name}@${peer.version}`])
      renameSync(fresh, directory)
    } catch (error) {
      rmSync(fresh, { recursive: true, force: true })
      throw error
    }
  }
  return { ...peer, directory, bin: binOf(directory, peer.name) }
}

function binOf(directory: string, name: string) {
  const home = join(directory, 'node_modules', name)
  const { bin } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const file = typeof bin === 'string' ? bin : (bin[name] ?? Object.values(bin)[0])
  return join(home, file)
}

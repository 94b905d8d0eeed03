import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { must } from './run.mjs'

const repository = join(dirname(fileURLToPath(import.meta.url)), '../..')
const OURS = join(repository, 'packages/create-nix-jupyter')

/**
 * A scaffolder, ours or another one, as npm installs it.
 * @typedef {object} Scaffolder
 * @property {string} name of its package
 * @property {string} version
 * @property {string[]} scaffold what makes a project `app` in the current folder without a question
 * @property {string} folder the one with its `node_modules`
 * @property {string} bin its program, to be run by Node
 */

/** @returns {{ name: string, version: string, scaffold: string[] }[]} the others, at the versions of peers.json */
export function listPeers() {
  return JSON.parse(readFileSync(join(repository, 'bench/peers.json'), 'utf8'))
}

/** @returns {Promise<Scaffolder[]>} the others, from the npm registry; what is installed once is kept for the next run */
export async function installPeers() {
  const kept = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'create-nix-jupyter/peers')
  mkdirSync(kept, { recursive: true })
  return Promise.all(listPeers().map((peer) => installPeer(peer, kept)))
}

/**
 * Ours, packed from what was built, in a temporary folder that the caller removes.
 * @returns {Promise<Scaffolder & { tarball: string }>}
 */
export async function installOurs() {
  const folder = mkdtempSync(join(tmpdir(), 'nix-jupyter-ours-'))
  const packed = await must('npm', ['pack', '--json', '--pack-destination', folder], { cwd: OURS })
  const [{ filename, name, version }] = JSON.parse(packed.stdout)
  const tarball = join(folder, filename)
  await must('npm', ['install', '--prefix', folder, '--offline', '--no-audit', '--no-fund', tarball])
  const scaffold = ['app', '--template', 'minimal', '--yes', '--no-git']
  return { name, version, scaffold, folder, tarball, bin: binOf(folder, name) }
}

/**
 * @param {{ name: string, version: string, scaffold: string[] }} peer
 * @param {string} kept
 */
async function installPeer(peer, kept) {
  const folder = join(kept, `${peer.name}-${peer.version}`)
  if (!existsSync(folder)) {
    const fresh = mkdtempSync(`${folder}.`)
    try {
      await must('npm', ['install', '--prefix', fresh, '--no-audit', '--no-fund', `${peer.name}@${peer.version}`])
      renameSync(fresh, folder)
    } catch (error) {
      rmSync(fresh, { recursive: true, force: true })
      throw error
    }
  }
  return { ...peer, folder, bin: binOf(folder, peer.name) }
}

/**
 * @param {string} folder
 * @param {string} name
 */
function binOf(folder, name) {
  const home = join(folder, 'node_modules', name)
  const { bin } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const file = typeof bin === 'string' ? bin : (bin[name] ?? Object.values(bin)[0])
  return join(home, file)
}

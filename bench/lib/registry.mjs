import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { must } from './run.mjs'

/**
 * @typedef {import('./peers.mjs').Scaffolder} Scaffolder
 * @typedef {{ name: string, version: string, filename: string, integrity: string, size: number }} Packed by `npm pack`
 */

/**
 * An npm registry on this machine with the scaffolders and all that they depend on: the network has no part in what is
 * measured, and a version can be installed before it is published.
 * @param {(Scaffolder & { tarball?: string })[]} scaffolders installed; one with a tarball is not on the npm registry
 * @param {string} folder for the packed files
 */
export async function startRegistry(scaffolders, folder) {
  const manifests = new Map(scaffolders.flatMap(readManifests))
  const ours = scaffolders.flatMap(({ tarball }) => tarball ?? [])
  const own = new Set(scaffolders.flatMap(({ tarball, name, version }) => (tarball ? `${name}@${version}` : [])))
  const others = [...manifests.keys()].filter((what) => !own.has(what))
  const packing = ['pack', '--json', '--pack-destination', folder, ...ours, ...others]
  /** @type {Packed[]} */
  const packed = JSON.parse((await must('npm', packing, { cwd: folder })).stdout)

  /** @type {Map<string, Buffer>} */
  const files = new Map()
  const server = createServer((request, response) => {
    const body = files.get(decodeURIComponent(request.url ?? '').slice(1))
    response.writeHead(body ? 200 : 404).end(body)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const address = server.address()
  if (!address || typeof address === 'string') throw new Error('the registry has no port')
  const url = `http://127.0.0.1:${address.port}`
  for (const { filename } of packed) files.set(`files/${filename}`, readFileSync(join(folder, filename)))
  for (const name of new Set(packed.map((each) => each.name))) {
    const versions = packed.filter((each) => each.name === name)
    files.set(name, Buffer.from(JSON.stringify(describe(name, versions, manifests, url))))
  }
  return { url, packed, stop: () => server.close().closeAllConnections() }
}

/**
 * What is installed with a scaffolder.
 * @param {Scaffolder} scaffolder
 * @returns {[string, object][]} by name and version
 */
function readManifests({ folder }) {
  const lock = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8'))
  return Object.keys(lock.packages).map((path) => {
    const manifest = JSON.parse(readFileSync(join(folder, path, 'package.json'), 'utf8'))
    return [`${manifest.name}@${manifest.version}`, manifest]
  })
}

/**
 * The answer of a registry about a package.
 * @param {string} name
 * @param {Packed[]} versions
 * @param {Map<string, object>} manifests
 * @param {string} url
 */
function describe(name, versions, manifests, url) {
  const described = versions.map(({ version, filename, integrity }) => [
    version,
    { ...manifests.get(`${name}@${version}`), dist: { tarball: `${url}/files/${filename}`, integrity } },
  ])
  return { name, 'dist-tags': { latest: versions[0]?.version }, versions: Object.fromEntries(described) }
}

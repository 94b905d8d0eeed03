import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

/**
 * An npm registry on this machine: the network has no part in what is tried or measured, and a version can be installed before
 * it is published. JavaScript, because tests read it that Node runs as they are.
 *
 * @param {{ manifest: { name: string, version: string }, tarball: string }[]} packages each version with the archive that
 *   `npm pack` has made; the first version of a name is its latest
 * @returns {Promise<{ address: string, close: () => void }>} its address, with a slash at the end
 */
export async function openRegistry(packages) {
  /** @type {Map<string, Buffer | string>} */
  const files = new Map()
  const server = createServer((request, response) => {
    const body = files.get(decodeURIComponent(request.url ?? ''))
    if (body === undefined) return response.writeHead(404).end('{}')
    if (typeof body === 'string') response.setHeader('content-type', 'application/json')
    response.end(body)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const base = `http://127.0.0.1:${port}`
  for (const name of new Set(packages.map(({ manifest }) => manifest.name))) {
    const versions = packages.filter(({ manifest }) => manifest.name === name)
    const described = versions.map(({ manifest, tarball }) => {
      const content = readFileSync(tarball)
      const path = `/${name}/-/${name.replace(/.*\//, '')}-${manifest.version}.tgz`
      files.set(path, content)
      const integrity = `sha512-${createHash('sha512').update(content).digest('base64')}`
      const shasum = createHash('sha1').update(content).digest('hex')
      const dist = { tarball: `${base}${path}`, integrity, shasum }
      return [manifest.version, { ...manifest, scripts: {}, devDependencies: {}, dist }]
    })
    const time = Object.fromEntries(versions.map(({ manifest }) => [manifest.version, '2020-01-01T00:00:00Z']))
    const latest = versions[0]?.manifest.version
    files.set(
      `/${name}`,
      JSON.stringify({ name, 'dist-tags': { latest }, versions: Object.fromEntries(described), time }),
    )
  }
  return { address: `${base}/`, close: () => server.close().closeAllConnections() }
}

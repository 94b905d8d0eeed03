import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

/**
 * A registry that has one package: the archive that npm pack made.
 * @param {string} tarball @param {{ name: string, version: string, bin: object, engines: object }} manifest
 * @returns {Promise<{ address: string, close: () => void }>}
 */
export function openRegistry(tarball, manifest) {
  const content = readFileSync(tarball)
  const { name, version } = manifest
  const server = createServer((request, response) => {
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
    const base = `http://127.0.0.1:${port}`
    if (request.url === `/${name}/-/${name}-${version}.tgz`) return response.end(content)
    if (!request.url?.startsWith(`/${name}`)) return response.writeHead(404).end('{}')
    const integrity = `sha512-${createHash('sha512').update(content).digest('base64')}`
    const shasum = createHash('sha1').update(content).digest('hex')
    const dist = { tarball: `${base}/${name}/-/${name}-${version}.tgz`, integrity, shasum }
    const one = { ...manifest, scripts: {}, devDependencies: {}, dist }
    const all = {
      name,
      'dist-tags': { latest: version },
      versions: { [version]: one },
      time: { [version]: '2020-01-01T00:00:00Z' },
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(all))
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
      resolve({ address: `http://127.0.0.1:${port}/`, close: () => server.close() })
    })
  })
}

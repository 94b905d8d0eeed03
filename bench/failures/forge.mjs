import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A GitHub and a svelte.dev of our own. A program reaches it as it would reach the real ones: over TLS, by their names,
 * which a hosts file of its own leads here. Only root can give it one.
 * @typedef {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => void} Answer
 * @typedef {{ address: string, close: () => void }} Forge
 */

export const HOSTS = ['github.com', 'api.github.com', 'codeload.github.com', 'raw.githubusercontent.com', 'svelte.dev']

/** Where nobody listens. */
export const NOWHERE = '127.77.255.1'

let opened = 0

/** @param {Answer} answer @returns {Promise<Forge>} */
export async function openForge(answer) {
  opened += 1
  const address = `127.77.${Math.floor(opened / 200)}.${1 + (opened % 200)}`
  const { key, cert } = certificate()
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, answer)
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(443, address, () => resolve(undefined))
  })
  return {
    address,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/**
 * The command, for which all hosts of the forge lie at this address.
 * @param {string[]} command
 * @param {import('./scene.mjs').Scene} scene
 * @param {string} address
 */
export function leadTo(command, scene, address) {
  const hosts = join(scene.root, 'hosts')
  writeFileSync(hosts, `127.0.0.1 localhost\n${HOSTS.map((host) => `${address} ${host}\n`).join('')}`)
  const script = 'mount --bind "$0" /etc/hosts && exec "$@"'
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, hosts, ...command]
}

/** @type {{ folder: string, key: string, cert: string } | undefined} */
let made

/** One that all hosts of the forge have in common, made when it is first asked for. */
export function certificate() {
  if (made) return made
  const folder = mkdtempSync(join(tmpdir(), 'nix-jupyter-failures-forge-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const names = HOSTS.map((host) => `DNS:${host}`).join(',')
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const subject = ['-subj', '/CN=forge', '-addext', `subjectAltName=${names}`]
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  made = { folder, key, cert }
  return made
}

export function removeCertificate() {
  if (made) rmSync(made.folder, { recursive: true, force: true })
  made = undefined
}

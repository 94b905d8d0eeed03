import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificate } from '../support/certificate.ts'
import type { Scene } from './scene.ts'

// A GitHub and a svelte.dev of our own. A program reaches them as it would reach the real ones: over TLS, by their names, which
// a hosts file of its own leads here. Only root can give it one.

export type Answer = (request: IncomingMessage, response: ServerResponse) => void

const HOSTS = ['github.com', 'api.github.com', 'codeload.github.com', 'raw.githubusercontent.com', 'svelte.dev']

/** Where nobody listens. */
export const NOWHERE = '127.77.255.1'

let opened = 0

export async function openSites(answer: Answer): Promise<{ address: string; close: () => void }> {
  opened += 1
  const address = `127.77.${Math.floor(opened / 200)}.${1 + (opened % 200)}`
  const { key, file } = certificate()
  const server = createServer({ key: readFileSync(key), cert: readFileSync(file) }, answer)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(443, address, resolve)
  })
  return {
    address,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** The command, for which all hosts lie at this address. */
export function leadTo(command: string[], scene: Scene, address: string): string[] {
  const hosts = join(scene.root, 'hosts')
  writeFileSync(hosts, `127.0.0.1 localhost\n${HOSTS.map((host) => `${address} ${host}\n`).join('')}`)
  const script = 'mount --bind "$0" /etc/hosts && exec "$@"'
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, hosts, ...command]
}

let directory: string | undefined
let made: ReturnType<typeof makeCertificate> | undefined

/** A new directory beside the certificate, gone with it. */
export function directoryOfSites(): string {
  directory ??= mkdtempSync(join(tmpdir(), 'nix-jupyter-failures-sites-'))
  return mkdtempSync(join(directory, 'root-'))
}

/** One that all hosts have in common, made when it is first asked for. */
export function certificate(): ReturnType<typeof makeCertificate> {
  made ??= makeCertificate(directoryOfSites(), HOSTS)
  return made
}

export function removeSites(): void {
  if (directory) rmSync(directory, { recursive: true, force: true })
  directory = made = undefined
}

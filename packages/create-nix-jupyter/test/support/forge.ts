import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import path from 'node:path'
import { createSecureContext, TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'
import { git } from './scene.js'

const HOSTS = ['github.com', 'gitlab.com', 'bitbucket.org', 'git.sr.ht']

/** A GitHub (and GitLab, Bitbucket, Sourcehut) of the test's own: real repositories, archives over real TLS. */
export interface Forge {
  readonly env: Record<string, string>
  /** Addresses that were asked for, in order. */
  readonly requests: string[]
  /** Makes a repository with one commit and returns its hash. */
  repository(name: string, files: Record<string, string>): string
  /** Answers requests for archives in another way; without it they are packed from the repository. */
  answer(how: (request: IncomingMessage, response: ServerResponse) => void): void
  /** From now on every connection is refused. */
  close(): void
}

/** Starts the forge. The program reaches it as it would reach the real ones: git by the user's settings, archives by a proxy. */
export async function openForge(folder: string, env: Record<string, string>): Promise<Forge> {
  const root = path.join(path.dirname(folder), 'forge')
  mkdirSync(root)
  const certificate = makeCertificate(root)
  const settings = HOSTS.map((host) => `[url "file://${root}/"]\n\tinsteadOf = https://${host}/\n`).join('')
  writeFileSync(path.join(env.HOME ?? '', '.gitconfig'), settings)

  const requests: string[] = []
  let answer = (request: IncomingMessage, response: ServerResponse) => serveArchive(root, request, response)
  const site = createServer((request, response) => {
    requests.push(`${request.headers.host}${request.url}`)
    answer(request, response)
  })
  const context = createSecureContext({ key: readFileSync(certificate.key), cert: readFileSync(certificate.file) })
  const proxy = createServer()
  const sockets = new Set<Socket>()
  proxy.on('connection', (socket) => sockets.add(socket))
  proxy.on('connect', (_, socket: Socket) => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    site.emit('connection', new TLSSocket(socket, { isServer: true, secureContext: context }))
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port } = proxy.address() as AddressInfo
  const close = () => {
    proxy.close()
    for (const socket of sockets) socket.destroy()
  }
  onTestFinished(close)
  return {
    env: { ...env, https_proxy: `http://127.0.0.1:${port}`, NODE_EXTRA_CA_CERTS: certificate.file },
    requests,
    repository: (name, files) => makeRepository(path.join(root, name), files),
    answer: (how) => {
      answer = how
    },
    close,
  }
}

function makeCertificate(root: string): { key: string; file: string } {
  const [key, file] = [path.join(root, 'key.pem'), path.join(root, 'cert.pem')]
  const names = HOSTS.map((host) => `DNS:${host}`).join(',')
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  execFileSync(
    'openssl',
    [...args, '-subj', '/CN=forge', '-addext', `subjectAltName=${names}`, '-keyout', key, '-out', file],
    {
      stdio: 'ignore',
    },
  )
  return { key, file }
}

function makeRepository(folder: string, files: Record<string, string>): string {
  mkdirSync(folder, { recursive: true })
  git(folder, 'init', '-q', '--initial-branch=main')
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    writeFileSync(path.join(folder, file), content, { mode: file === 'start' ? 0o755 : 0o644 })
  }
  git(folder, 'add', '.')
  git(folder, '-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-qm', 'template')
  git(folder, 'config', 'uploadpack.allowAnySHA1InWant', 'true')
  return git(folder, 'rev-parse', 'HEAD')
}

/** /owner/name/archive/HASH.tar.gz, and how the other sites write it. */
function serveArchive(root: string, { url = '' }: IncomingMessage, response: ServerResponse): void {
  const [, name, hash] =
    /^\/([^/]+\/[^/]+)\/(?:-\/archive\/[0-9a-f]+|archive|get)\/(?:[^/]*-)?([0-9a-f]{40})\.tar\.gz$/.exec(url) ?? []
  if (!name || !hash) {
    response.writeHead(404).end()
    return
  }
  const prefix = `${path.basename(name)}-${hash}/`
  const packed = execFileSync('git', ['archive', '--format=tar.gz', `--prefix=${prefix}`, hash], {
    cwd: path.join(root, name),
  })
  response.writeHead(200, { 'content-length': packed.length }).end(packed)
}

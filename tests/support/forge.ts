import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import path from 'node:path'
import { createSecureContext, TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'
import { git } from './world.ts'

const HOSTS = ['github.com', 'gitlab.com', 'bitbucket.org', 'git.sr.ht', 'gist.github.com']

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/** A GitHub (and GitLab, Bitbucket, Sourcehut) of the test's own: git's own server, over real TLS, behind a proxy. */
export interface Forge {
  /** The user's way to it: a proxy, and a certificate that only this user trusts. */
  readonly env: Record<string, string>
  /** The folder of the repositories. */
  readonly root: string
  /** Addresses that were asked for, in order. */
  readonly requests: string[]
  /** Makes a repository with one commit and returns its id. */
  repository(name: string, files: Record<string, string>): string
  /** From now on only requests with this `Authorization` reach git. */
  guard(authorization: string): void
  /** Cuts each answer off after so many bytes. */
  cutAfter(bytes: number): void
  /** Never answers a request that holds this text. */
  silenceAt(text: string): void
  /** Whether there was such a request. */
  isSilent(): boolean
  /** Answers all requests in another way than git does. */
  answer(how: Answer): void
  /** From now on every connection is refused. */
  close(): void
}

/** Starts the forge. The program reaches it as it would reach the real ones, by what the user has set for git. */
export async function openForge(folder: string, env: Record<string, string>): Promise<Forge> {
  const root = path.join(path.dirname(folder), 'forge')
  mkdirSync(root)
  const certificate = makeCertificate(root)
  const requests: string[] = []
  let silent = false
  let most = Number.POSITIVE_INFINITY
  let answer: Answer = (request, response) => serveGit(root, request, response, most)
  const site = createServer((request, response) => {
    requests.push(`${request.headers.host}${request.url}`)
    answer(request, response)
  })
  const context = createSecureContext({ key: readFileSync(certificate.key), cert: readFileSync(certificate.file) })
  const proxy = createServer()
  const sockets = new Set<Socket>()
  proxy.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
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
    env: { ...env, https_proxy: `http://127.0.0.1:${port}`, GIT_SSL_CAINFO: certificate.file },
    root,
    requests,
    repository: (name, files) => makeRepository(path.join(root, name), files),
    guard: (authorization) => {
      answer = (request, response) => {
        if (request.headers.authorization === authorization) serveGit(root, request, response, most)
        else response.writeHead(401, { 'www-authenticate': 'Basic realm="forge"' }).end()
      }
    },
    cutAfter: (bytes) => {
      most = bytes
    },
    isSilent: () => silent,
    silenceAt: (text) => {
      answer = async (request, response) => {
        const chunks: Buffer[] = []
        for await (const chunk of request) chunks.push(chunk)
        const body = Buffer.concat(chunks)
        silent ||= body.includes(text)
        if (!silent) serveGit(root, request, response, most, body)
      }
    },
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
  const subject = ['-subj', '/CN=forge', '-addext', `subjectAltName=${names}`]
  execFileSync('openssl', [...args, ...subject, '-keyout', key, '-out', file], { stdio: 'ignore' })
  return { key, file }
}

function makeRepository(folder: string, files: Record<string, string>): string {
  mkdirSync(folder, { recursive: true })
  git(folder, 'init', '-q', '--initial-branch=main')
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    writeFileSync(path.join(folder, file), content, { mode: file === 'start' ? 0o755 : 0o644 })
  }
  git(folder, 'add', '--force', '.')
  git(folder, '-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-qm', 'template')
  return git(folder, 'rev-parse', 'HEAD')
}

/** Hands a request to `git http-backend`, as a web server does; the answer is cut off after `most` bytes. */
function serveGit(root: string, request: IncomingMessage, response: ServerResponse, most: number, body?: Buffer): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://forge')
  const { headers, method = 'GET' } = request
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: method,
      CONTENT_TYPE: headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  backend.stdin.on('error', () => {})
  if (body) backend.stdin.end(body)
  else request.pipe(backend.stdin)
  let head = Buffer.alloc(0)
  const readHead = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    backend.stdout.off('data', readHead)
    const lines = head.toString('latin1', 0, end).split('\r\n')
    const fields = new Map(lines.map((line) => [line.split(': ')[0] ?? '', line.split(': ').slice(1).join(': ')]))
    response.writeHead(Number.parseInt(fields.get('Status') ?? '200', 10), {
      'content-type': fields.get('Content-Type') ?? 'text/plain',
    })
    response.write(head.subarray(end + 4))
    let sent = 0
    backend.stdout.on('data', (rest: Buffer) => {
      sent += rest.length
      if (sent > most) response.destroy()
      else response.write(rest)
    })
  }
  backend.stdout.on('data', readHead)
  backend.on('close', () => response.end())
}

import { chmodSync, mkdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import path from 'node:path'
import { createSecureContext, TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'
import { makeCertificate } from './certificate.ts'
import { bodyOf, type Deliver, serveGit } from './git-http.ts'
import { git, writeFiles } from './world.ts'

const HOSTS = ['github.com', 'gitlab.com', 'bitbucket.org', 'git.sr.ht', 'gist.github.com']

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/** A GitHub (and GitLab, Bitbucket, Sourcehut) of the test's own: git's own server, over real TLS, behind a proxy. */
export interface Forge {
  /** The user's way to it: a proxy, and a certificate that only this user trusts. */
  readonly env: Record<string, string>
  /** The directory of the repositories. */
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
export async function openForge(directory: string, env: Record<string, string>): Promise<Forge> {
  const root = path.join(path.dirname(directory), 'forge')
  mkdirSync(root)
  const certificate = makeCertificate(root, HOSTS)
  const requests: string[] = []
  let silent = false
  let most = Number.POSITIVE_INFINITY
  const deliver: Deliver = (content, response) => {
    if (content.length <= most) response.end(content)
    else response.write(content.subarray(0, most), () => response.destroy())
  }
  const serve: Answer = (request, response) => serveGit(root, request, response, { deliver })
  let answer = serve
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
        if (request.headers.authorization === authorization) serve(request, response)
        else response.writeHead(401, { 'www-authenticate': 'Basic realm="forge"' }).end()
      }
    },
    cutAfter: (bytes) => {
      most = bytes
    },
    isSilent: () => silent,
    silenceAt: (text) => {
      answer = async (request, response) => {
        const body = await bodyOf(request)
        silent ||= body.includes(text)
        if (!silent) await serveGit(root, request, response, { body })
      }
    },
    answer: (how) => {
      answer = how
    },
    close,
  }
}

function makeRepository(directory: string, files: Record<string, string>): string {
  mkdirSync(directory, { recursive: true })
  git(directory, 'init', '-q', '--initial-branch=main')
  writeFiles(directory, files)
  if (files.start) chmodSync(path.join(directory, 'start'), 0o755)
  git(directory, 'add', '--force', '.')
  git(directory, '-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-qm', 'template')
  return git(directory, 'rev-parse', 'HEAD')
}

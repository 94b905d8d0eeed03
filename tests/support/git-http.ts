import { spawn } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** How what git has packed is sent: whole, unless somebody wants it otherwise. */
export type Deliver = (content: Buffer, response: ServerResponse) => void

const whole: Deliver = (content, response) => void response.end(content)

/** The whole body of a request. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Hands a request to `git http-backend`, as a web server does. `root` is the directory of the repositories. */
export async function serveGit(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
  { deliver = whole, body }: { deliver?: Deliver; body?: Buffer } = {},
): Promise<void> {
  const input = body ?? (await bodyOf(request))
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
  backend.stdin.end(input)
  const chunks: Buffer[] = []
  for await (const chunk of backend.stdout) chunks.push(chunk)
  const answer = Buffer.concat(chunks)
  const end = answer.indexOf('\r\n\r\n')
  const head = answer.toString('latin1', 0, end)
  response.statusCode = Number(/^Status: (\d+)/m.exec(head)?.[1] ?? 200)
  response.setHeader('content-type', /^Content-Type: (.*)$/m.exec(head)?.[1]?.trim() ?? 'text/plain')
  const send = input.includes('command=fetch') ? deliver : whole
  send(answer.subarray(end + 4), response)
}

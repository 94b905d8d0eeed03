import { createWriteStream } from 'node:fs'
import { type IncomingMessage, request as requestPlain } from 'node:http'
import { Agent, get } from 'node:https'
import type { Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { connect } from 'node:tls'

const MOST_BYTES = 32 * 1024 * 1024
const MOST_REDIRECTS = 5
const SILENCE_MS = 30_000

/** Downloads a file over HTTPS, through a proxy where there is one; a file that is not whole is an error. */
export async function download(
  url: string,
  file: string,
  proxy: string | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const response = await open(new URL(url), proxy, signal, MOST_REDIRECTS)
  let size = 0
  const limited = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      size += chunk.length
      if (size > MOST_BYTES) throw new Error(`${url} is larger than ${MOST_BYTES / 1024 / 1024} MB`)
      yield chunk
    }
  }
  await pipeline(response, limited, createWriteStream(file, { flags: 'wx' }), ...(signal ? [{ signal }] : []))
  const promised = Number(response.headers['content-length'] ?? size)
  if (promised !== size) throw new Error(`${url} ended after ${size} of ${promised} bytes`)
}

async function open(
  url: URL,
  proxy: string | undefined,
  signal: AbortSignal | undefined,
  redirects: number,
): Promise<IncomingMessage> {
  if (url.protocol !== 'https:') throw new Error(`${url} is not encrypted`)
  const agent = new Agent()
  if (proxy) {
    const socket = await tunnel(new URL(proxy), url)
    Object.assign(agent, { createConnection: () => connect({ socket, servername: url.hostname }) })
  }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = get(url, { agent, timeout: SILENCE_MS, ...(signal && { signal }) }, resolve)
    sent.on('timeout', () => sent.destroy(new Error(`${url.hostname} was silent for ${SILENCE_MS / 1000} seconds`)))
    sent.on('error', reject)
  })
  const { statusCode = 0, headers } = response
  if (statusCode >= 300 && statusCode < 400 && headers.location) {
    response.resume()
    if (redirects === 0) throw new Error(`${url} leads in a circle`)
    return open(new URL(headers.location, url), proxy, signal, redirects - 1)
  }
  if (statusCode === 200) return response
  response.resume()
  throw new Error(`${url.hostname} answered ${statusCode} for ${url.pathname}`)
}

function tunnel(proxy: URL, target: URL): Promise<Socket> {
  const { username, password } = proxy
  const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
  return new Promise((resolve, reject) => {
    const sent = requestPlain({
      host: proxy.hostname,
      port: proxy.port || 80,
      method: 'CONNECT',
      path: `${target.hostname}:${target.port || 443}`,
      headers: username ? { 'Proxy-Authorization': `Basic ${login}` } : {},
      timeout: SILENCE_MS,
    })
    sent.on('connect', ({ statusCode }, socket) => {
      if (statusCode === 200) resolve(socket)
      else reject(new Error(`the proxy ${proxy.host} answered ${statusCode}`))
    })
    sent.on('timeout', () => sent.destroy(new Error(`the proxy ${proxy.host} was silent`)))
    sent.on('error', reject)
    sent.end()
  })
}

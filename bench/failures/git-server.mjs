import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rawRepository } from '../../tests/support/objects.mjs'

/**
 * git's own server, for a program that downloads no archive but asks git.
 *
 * @typedef {import('./forge.mjs').Answer} Answer
 * @typedef {import('../../tests/support/objects.mjs').RawEntry} RawEntry
 */

/** @type {string[]} */
const made = []

/** Makes ada/wine, and returns the folder that the server looks into. @param {readonly RawEntry[]} entries */
export function makeGitRoot(entries) {
  const root = mkdtempSync(join(tmpdir(), 'nix-jupyter-failures-git-'))
  made.push(root)
  rawRepository(join(root, 'ada/wine'), entries)
  return root
}

export function removeGitRoots() {
  for (const root of made.splice(0)) rmSync(root, { recursive: true, force: true })
}

/**
 * Answers as `git http-backend` does; `send` is asked how the objects themselves are sent.
 *
 * @param {string} root @param {(content: Buffer) => Answer} send @returns {Answer}
 */
export function answerFromGit(root, send) {
  return async (request, response) => {
    /** @type {Buffer[]} */
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const input = Buffer.concat(chunks)
    const { pathname, search } = new URL(request.url ?? '/', 'http://forge')
    const env = {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    }
    const { stdout } = spawnSync('git', ['http-backend'], { env, input, maxBuffer: 2 ** 26 })
    const end = stdout.indexOf('\r\n\r\n')
    const head = stdout.toString('latin1', 0, end)
    response.statusCode = Number(/^Status: (\d+)/m.exec(head)?.[1] ?? 200)
    response.setHeader('content-type', /^Content-Type: (.*)$/m.exec(head)?.[1]?.trim() ?? 'text/plain')
    const content = stdout.subarray(end + 4)
    if (input.includes('command=fetch')) send(content)(request, response)
    else response.end(content)
  }
}

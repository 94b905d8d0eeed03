import { join } from 'node:path'
import { type Deliver, serveGit } from '../support/git-http.ts'
import { rawRepository } from '../support/objects.ts'
import { type ArchiveEntry, pack } from '../support/tar.ts'
import type { Download } from './program.ts'
import { type Answer, directoryOfSites } from './sites.ts'

/** All of it. */
const whole: Deliver = (content, response) => void response.end(content)

/**
 * What the sites answer when nothing is wrong, with everything around the download itself, too: that the repository exists, and
 * its default branch.
 * @param deliver how it is sent
 */
export function answerWith(download: Download, deliver = whole): Answer {
  if (download.git) {
    const root = directoryOfSites()
    rawRepository(join(root, 'ada/wine'), download.entries.map(inGit))
    return (request, response) => serveGit(root, request, response, { deliver })
  }
  const content = body(download)
  return (request, response) => {
    const url = `${request.headers.host}${request.url}`
    if (url.includes('no-such')) response.writeHead(404).end('{}')
    else if (url === 'api.github.com/repos/ada/wine') response.end('{ "default_branch": "main" }')
    else if (url.startsWith('raw.githubusercontent.com/') || request.method === 'HEAD') response.end()
    else deliver(content, response)
  }
}

function body({ prefix, entries }: Download): Buffer {
  if (prefix) return pack(entries)
  const components = entries.map(({ path, content }) => ({ name: path, type: 'svelte', source: content }))
  return Buffer.from(JSON.stringify({ name: 'wine', components }))
}

/** What stands in an archive, as git has it. */
function inGit({ path, content = '', type, link, mode = 0o644 }: ArchiveEntry) {
  return type === '2'
    ? { path, mode: '120000', content: link ?? '' }
    : { path, mode: `10${mode.toString(8).padStart(4, '0')}`, content }
}

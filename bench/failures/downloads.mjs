import { answerFromGit, makeGitRoot } from './git-server.mjs'
import { HONO_TEMPLATES } from './programs.mjs'
import { pack } from './tar.mjs'

/**
 * How a program downloads a template.
 * @typedef {object} Download
 * @property {(name: string) => string[]} words
 * @property {(name: string) => string[]} [offline] the same from its cache
 * @property {(name: string) => string[]} missing asks for a folder that the repository does not have
 * @property {string} [prefix] of the template's files in the archive; without it, there is no archive
 * @property {boolean} [git] whether git fetches them
 * @property {import('./tar.mjs').ArchiveEntry[]} entries
 *
 * @typedef {import('./scene.mjs').Scene} Scene
 */

const BULK = Array.from({ length: 400 }, (_, line) => `line ${line} ${Math.sin(line)}`).join('\n')

/** @type {{ [path: string]: string }} */
const TEMPLATE = {
  'package.json': '{ "private": true }\n',
  'README.md': '# A template\n',
  'flake.nix': '{ outputs = _: { }; }\n',
  'src/bulk.txt': `${BULK}\n`,
}

/** @param {string} prefix */
const templateAt = (prefix) => Object.entries(TEMPLATE).map(([path, content]) => ({ path: prefix + path, content }))

const SV = ['--types', 'ts', '--no-add-ons', '--no-install']
const NEXT = ['--yes', '--skip-install', '--disable-git']

/** @type {{ [program: string]: Download }} */
export const DOWNLOADS = {
  'create-nix-jupyter': {
    words: (name) => [name, '--template', 'ada/wine', '--yes', '--trust', '--no-git'],
    offline: (name) => [name, '--template', 'ada/wine', '--yes', '--trust', '--no-git', '--offline'],
    missing: (name) => [name, '--template', 'ada/wine/no-such', '--yes', '--trust', '--no-git'],
    git: true,
    prefix: '',
    entries: templateAt(''),
  },
  'create-hono': {
    words: (name) => [name, '--template', 'nodejs'],
    offline: (name) => [name, '--template', 'nodejs', '--offline'],
    missing: (name) => [name, '--template', 'vercel'],
    prefix: 'honojs-starter-0000000/templates/nodejs/',
    entries: HONO_TEMPLATES,
  },
  'create-next-app': {
    words: (name) => [name, '--example', 'https://github.com/ada/wine', ...NEXT],
    missing: (name) => [name, '--example', 'https://github.com/ada/wine/tree/main/no-such', ...NEXT],
    prefix: 'wine-main/',
    entries: templateAt('wine-main/'),
  },
  sv: {
    words: (name) => ['create', name, '--from-playground', 'https://svelte.dev/playground/wine', ...SV],
    missing: (name) => ['create', name, '--from-playground', 'https://svelte.dev/playground/no-such', ...SV],
    entries: [{ path: 'App', content: '<h1>wine</h1>\n' }],
  },
}

/** What the sites answer when nothing is wrong. @param {Download} download */
function body({ prefix, entries }) {
  if (prefix) return pack(entries)
  const components = entries.map(({ path, content }) => ({ name: path, type: 'svelte', source: content }))
  return Buffer.from(JSON.stringify({ name: 'wine', components }))
}

/** All of it. @type {(content: Buffer) => import('./forge.mjs').Answer} */
const whole = (content) => (_, response) => void response.end(content)

/**
 * Everything around the download itself, too: that the repository exists, and its default branch.
 * @param {Download} download
 * @param {(content: Buffer) => import('./forge.mjs').Answer} [send] how it is sent
 * @returns {import('./forge.mjs').Answer}
 */
export function answerWith(download, send = whole) {
  if (download.git) return answerFromGit(makeGitRoot(download.entries.map(inGit)), send)
  const sendBody = send(body(download))
  return (request, response) => {
    const url = `${request.headers.host}${request.url}`
    if (url.includes('no-such')) response.writeHead(404).end('{}')
    else if (url === 'api.github.com/repos/ada/wine') response.end('{ "default_branch": "main" }')
    else if (url.startsWith('raw.githubusercontent.com/') || request.method === 'HEAD') response.end()
    else sendBody(request, response)
  }
}

/** What stands in an archive, as git has it. @param {import('./tar.mjs').ArchiveEntry} entry */
function inGit({ path, content = '', type, link, mode = 0o644 }) {
  return type === '2'
    ? { path, mode: '120000', content: link ?? '' }
    : { path, mode: `10${mode.toString(8).padStart(4, '0')}`, content }
}

import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { installOurs, installPeers } from '../lib/peers.mjs'
import { pack } from './tar.mjs'

/**
 * A program of the table, and how its own words say the same thing.
 * @typedef {object} Program
 * @property {string} name
 * @property {string} version
 * @property {string} bin
 * @property {(name: string) => string[]} make a project without a question
 * @property {(name: string) => string[]} other a project that differs from it
 * @property {(name: string) => string[]} defaults the project of somebody who answers nothing
 * @property {(...words: string[]) => string[]} bare nothing but these words
 * @property {import('./launch.mjs').Answer[]} [answers] to what is asked all the same
 * @property {(home: string) => void} [prepare] the home folder of somebody who has used it before
 */

/** `app` in the commands of peers.json. @param {string[]} words @param {string} name */
const named = (words, name) => words.map((word) => (word === 'app' ? name : word))

/** @type {{ [name: string]: Pick<Program, 'other' | 'defaults'> & Partial<Program> }} */
const WORDS = {
  'create-nix-jupyter': {
    other: (name) => [name, '--template', 'uv', '--yes', '--no-git'],
    defaults: (name) => [name, '--yes'],
  },
  'create-vite': {
    other: (name) => [name, '--template', 'vue-ts', '--no-interactive'],
    defaults: (name) => [name, '--no-interactive'],
  },
  'create-hono': {
    // Its templates are all downloaded; everywhere but in the part on the network, it has downloaded them before.
    make: (name) => [name, '--template', 'nodejs', '--offline'],
    other: (name) => [name, '--template', 'bun', '--offline'],
    defaults: (name) => [name, '--template', 'nodejs', '--offline'],
    // It has no flags for these answers; the second is the one that it proposes.
    answers: [
      { after: /install project dependencies/, keys: 'n\n', last: true },
      { after: /not empty. Continue/, keys: '\n' },
    ],
    prepare: fillHonoCache,
  },
  'create-next-app': {
    other: (name) => [name, '--yes', '--api', '--skip-install', '--disable-git'],
    defaults: (name) => [name, '--yes', '--skip-install', '--disable-git'],
  },
  sv: {
    other: (name) => ['create', name, '--template', 'demo', '--types', 'ts', '--no-add-ons', '--no-install'],
    defaults: (name) => ['create', name, '--template', 'minimal', '--types', 'ts', '--no-add-ons', '--no-install'],
    bare: (...words) => ['create', ...words],
  },
  'create-t3-app': {
    other: (name) => [name, '--noGit', '--noInstall', '--CI', '--appRouter', 'true', '--trpc', 'true'],
    defaults: (name) => [name, '--noGit', '--noInstall', '--default'],
  },
}

/** @type {string | undefined} */
let folder

export function removePrograms() {
  if (folder) rmSync(folder, { recursive: true, force: true })
}

/**
 * Ours, packed, and the others, where every user can read them.
 * @returns {Promise<Program[]>}
 */
export async function installPrograms() {
  const place = mkdtempSync(join(tmpdir(), 'nix-jupyter-failures-programs-'))
  folder = place
  chmodSync(place, 0o755)
  const [ours, peers] = await Promise.all([installOurs(), installPeers()])
  const programs = [ours, ...peers].map((scaffolder) => {
    const copy = join(place, scaffolder.name)
    cpSync(scaffolder.folder, copy, { recursive: true })
    chmodSync(copy, 0o755)
    const { name, version, scaffold } = scaffolder
    const words = WORDS[name]
    if (!words) throw new Error(`bench/failures/programs.mjs does not know ${name}`)
    return {
      name,
      version,
      bin: join(copy, relative(scaffolder.folder, scaffolder.bin)),
      make: (/** @type {string} */ project) => named(scaffold, project),
      bare: (/** @type {string[]} */ ...rest) => rest,
      ...words,
    }
  })
  rmSync(ours.folder, { recursive: true })
  return programs
}

/** The files of two templates of honojs/starter by name; what is in them is our own. */
export const HONO_TEMPLATES = ['nodejs', 'bun'].flatMap((template) =>
  ['.gitignore', 'README.md', 'package.json', 'src/index.ts', 'tsconfig.json'].map((file) => ({
    path: `honojs-starter-0000000/templates/${template}/${file}`,
    content: file.endsWith('.json') ? `{ "private": true, "scripts": {} }\n` : `${template} ${file}\n`.repeat(40),
  })),
)

/** @param {string} home */
function fillHonoCache(home) {
  const kept = join(home, '.cache/bluwy-giget/gh/honojs-starter/v0.19.tar.gz')
  mkdirSync(dirname(kept), { recursive: true })
  writeFileSync(kept, pack(HONO_TEMPLATES))
}

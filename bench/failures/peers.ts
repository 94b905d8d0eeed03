import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Program, templateAt, type Way } from '../../tests/situations/program.ts'
import type { Answer } from '../../tests/support/launch.ts'
import { pack } from '../../tests/support/tar.ts'

// How the others say what ours says in tests/situations/program.ts.

const DOWN = '\u001b[B'
const LEFT = '\u001b[D'
const NEXT = ['--yes', '--skip-install', '--disable-git']
const VITE = ['app', '--template', 'vanilla-ts']
const SV = ['--types', 'ts', '--no-add-ons', '--no-install']
const SV_MINIMAL = (name: string) => ['create', name, '--template', 'minimal', ...SV]
const T3 = ['--noGit', '--noInstall', '--CI', '--appRouter', 'true']

/** A way that is chosen in a terminal. */
function choice(chosen: string, words: string[], answers: Answer[]): Way {
  return { label: `“${chosen}”`, words, chosen, how: { terminal: true, answers } }
}

/** The files of two templates of honojs/starter by name; what is in them is our own. */
const HONO_TEMPLATES = ['nodejs', 'bun'].flatMap((template) =>
  ['.gitignore', 'README.md', 'package.json', 'src/index.ts', 'tsconfig.json'].map((file) => ({
    path: `honojs-starter-0000000/templates/${template}/${file}`,
    content: file.endsWith('.json') ? `{ "private": true, "scripts": {} }\n` : `${template} ${file}\n`.repeat(40),
  })),
)

function fillHonoCache(home: string): void {
  const kept = join(home, '.cache/bluwy-giget/gh/honojs-starter/v0.19.tar.gz')
  mkdirSync(dirname(kept), { recursive: true })
  writeFileSync(kept, pack(HONO_TEMPLATES))
}

export const PEERS: { [name: string]: Pick<Program, 'other' | 'defaults'> & Partial<Program> } = {
  'create-vite': {
    other: (name) => [name, '--template', 'vue-ts', '--no-interactive'],
    defaults: (name) => [name, '--no-interactive'],
    unknown: ['app', '--template', 'no-such', '--no-interactive'],
    merge: choice(
      'Ignore files and continue',
      [...VITE, '--no-immediate'],
      [{ after: /Ignore files and continue/, keys: `${DOWN}${DOWN}\r` }],
    ),
    replace: { label: '`--overwrite`', words: [...VITE, '--no-interactive', '--overwrite'] },
  },
  'create-hono': {
    // Its templates are all downloaded; everywhere but in the part on the network, it has downloaded them before.
    make: (name) => [name, '--template', 'nodejs', '--offline'],
    other: (name) => [name, '--template', 'bun', '--offline'],
    defaults: (name) => [name, '--template', 'nodejs', '--offline'],
    unknown: ['app', '--template', 'no-such', '--offline'],
    // It has no flags for these answers; the second is the one that it proposes.
    answers: [
      { after: /install project dependencies/, keys: 'n\n', last: true },
      { after: /not empty. Continue/, keys: '\n' },
    ],
    merge: {
      label: '“Continue?” yes',
      words: ['app', '--template', 'nodejs', '--offline'],
      how: {
        answers: [
          { after: /not empty. Continue/, keys: 'y\n' },
          { after: /install project dependencies/, keys: 'n\n', last: true },
        ],
      },
    },
    download: {
      words: (name) => [name, '--template', 'nodejs'],
      offline: (name) => [name, '--template', 'nodejs', '--offline'],
      missing: (name) => [name, '--template', 'vercel'],
      prefix: 'honojs-starter-0000000/templates/nodejs/',
      entries: HONO_TEMPLATES,
    },
    prepare: fillHonoCache,
  },
  'create-next-app': {
    other: (name) => [name, '--yes', '--api', '--skip-install', '--disable-git'],
    defaults: (name) => [name, ...NEXT],
    download: {
      words: (name) => [name, '--example', 'https://github.com/ada/wine', ...NEXT],
      missing: (name) => [name, '--example', 'https://github.com/ada/wine/tree/main/no-such', ...NEXT],
      prefix: 'wine-main/',
      entries: templateAt('wine-main/'),
    },
  },
  sv: {
    other: (name) => ['create', name, '--template', 'demo', ...SV],
    defaults: SV_MINIMAL,
    bare: (...words) => ['create', ...words],
    unknown: ['create', 'app', '--template', 'no-such', ...SV],
    merge: { label: '`--no-dir-check`', words: [...SV_MINIMAL('app'), '--no-dir-check'] },
    download: {
      words: (name) => ['create', name, '--from-playground', 'https://svelte.dev/playground/wine', ...SV],
      missing: (name) => ['create', name, '--from-playground', 'https://svelte.dev/playground/no-such', ...SV],
      entries: [{ path: 'App', content: '<h1>wine</h1>\n' }],
    },
  },
  'create-t3-app': {
    other: (name) => [name, ...T3, '--trpc', 'true'],
    defaults: (name) => [name, '--noGit', '--noInstall', '--default'],
    unknown: ['app', ...T3, '--dbProvider', 'no-such'],
    merge: choice(
      'Continue installation and overwrite conflicting files',
      ['app', ...T3],
      [
        { after: /overwrite conflicting files/, keys: `${DOWN}${DOWN}\r` },
        { after: /Are you sure you want to overwrite/, keys: `${LEFT}\r` },
      ],
    ),
    replace: choice(
      'Clear the directory and continue installation',
      ['app', ...T3],
      [
        { after: /overwrite conflicting files/, keys: `${DOWN}\r` },
        { after: /Are you sure you want to clear/, keys: `${LEFT}\r` },
      ],
    ),
  },
}

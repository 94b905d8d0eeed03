/**
 * How a program is told to go on in a folder with files.
 * @typedef {object} Way
 * @property {string} label
 * @property {string[]} words
 * @property {string} [chosen] in a terminal
 * @property {Partial<import('./launch.mjs').Start>} [how]
 */

const DOWN = '\u001b[B'
const LEFT = '\u001b[D'

const VITE = ['app', '--template', 'vanilla-ts', '--no-immediate']
const T3 = ['app', '--noGit', '--noInstall', '--CI', '--appRouter', 'true']
const SV = ['create', 'app', '--template', 'minimal', '--types', 'ts', '--no-add-ons', '--no-install']
const OURS = ['app', '--template', 'minimal', '--yes', '--no-git']

/** @type {{ [program: string]: { merge?: Way, replace?: Way } }} */
export const WAYS = {
  'create-nix-jupyter': {
    merge: { label: '`--on-conflict keep`', words: [...OURS, '--on-conflict', 'keep'] },
    replace: { label: '`--on-conflict backup`', words: [...OURS, '--on-conflict', 'backup'] },
  },
  'create-vite': {
    merge: choice('Ignore files and continue', VITE, [
      { after: /Ignore files and continue/, keys: `${DOWN}${DOWN}\r` },
    ]),
    replace: {
      label: '`--overwrite`',
      words: ['app', '--template', 'vanilla-ts', '--no-interactive', '--overwrite'],
    },
  },
  'create-hono': {
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
  },
  sv: { merge: { label: '`--no-dir-check`', words: [...SV, '--no-dir-check'] } },
  'create-t3-app': {
    merge: choice('Continue installation and overwrite conflicting files', T3, [
      { after: /overwrite conflicting files/, keys: `${DOWN}${DOWN}\r` },
      { after: /Are you sure you want to overwrite/, keys: `${LEFT}\r` },
    ]),
    replace: choice('Clear the directory and continue installation', T3, [
      { after: /overwrite conflicting files/, keys: `${DOWN}\r` },
      { after: /Are you sure you want to clear/, keys: `${LEFT}\r` },
    ]),
  },
}

/**
 * @param {string} chosen
 * @param {string[]} words
 * @param {import('./launch.mjs').Answer[]} answers
 * @returns {Way}
 */
function choice(chosen, words, answers) {
  return { label: `“${chosen}”`, words, chosen, how: { terminal: true, answers } }
}

import { attempt } from './attempt.mjs'
import { NONE } from './cell.mjs'

/** @typedef {import('./attempt.mjs').Program} Program */

/** How a template, or what comes next to it, is asked for that does not exist. @type {{ [program: string]: string[] }} */
const UNKNOWN_TEMPLATE = {
  'create-nix-jupyter': ['app', '--template', 'no-such', '--yes', '--no-git'],
  'create-vite': ['app', '--template', 'no-such', '--no-interactive'],
  'create-hono': ['app', '--template', 'no-such', '--offline'],
  sv: ['create', 'app', '--template', 'no-such', '--types', 'ts', '--no-add-ons', '--no-install'],
  'create-t3-app': ['app', '--noGit', '--noInstall', '--CI', '--appRouter', 'true', '--dbProvider', 'no-such'],
}

/** @type {import('./attempt.mjs').Theme} */
export const flags = {
  id: 'flags',
  title: 'The flags are wrong, or never arrive',
  intro: `Without \`--\`, \`npm create\` keeps the flags: \`--flag value\` reaches the program as the word \`value\` and the variable
\`npm_config_flag=true\`, \`--flag=value\` as \`npm_config_flag=value\`, \`--no-flag\` as an empty \`npm_config_flag\`. The project
that was asked for is not the program's default, and only that one is whole. Where a template is asked for that does not
exist, nothing is. An unknown template is for create-t3-app an unknown database.`,
  situations: [
    {
      id: 'unknown-flag',
      title: 'an unknown flag',
      run: (program) => attempt(program, { words: [...program.make('app'), '--no-such-flag'] }),
    },
    {
      id: 'misspelt-flag',
      title: 'a misspelt flag with a value',
      run: (program) => attempt(program, { words: [...program.make('app'), '--templat=x'] }),
    },
    {
      id: 'unknown-template',
      title: 'an unknown template',
      run: async (program) => {
        const words = UNKNOWN_TEMPLATE[program.name]
        return words ? attempt(program, { words, kinds: [] }) : NONE
      },
    },
    {
      id: 'swallowed-words',
      title: 'npm kept the flags: `--flag value`',
      atOnce: 6,
      run: (program) => swallowed(program, false),
    },
    {
      id: 'swallowed-values',
      title: 'npm kept the flags: `--flag=value`',
      atOnce: 6,
      run: (program) => swallowed(program, true),
    },
  ],
}

/** @param {Program} program @param {boolean} joined */
function swallowed(program, joined) {
  /** @type {NodeJS.ProcessEnv} */
  const env = { npm_command: 'init', npm_config_user_agent: 'npm/11.0.0 node/v20.0.0 linux x64 workspaces/false' }
  const words = []
  const typed = program.other('app')
  for (let index = 0; index < typed.length; index += 1) {
    const [word = '', next] = typed.slice(index)
    if (!word.startsWith('--')) {
      words.push(word)
      continue
    }
    const negative = word.startsWith('--no-')
    const name = `npm_config_${word.slice(negative ? 5 : 2).replaceAll('-', '_')}`
    const hasValue = next !== undefined && !next.startsWith('--')
    env[name] = negative ? '' : joined && hasValue ? next : 'true'
    if (joined && hasValue) index += 1
  }
  return attempt(program, { words, kinds: ['other'], how: { env, answers: [] } })
}

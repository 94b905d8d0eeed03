import { NONE } from './cell.ts'
import type { Program } from './program.ts'
import { attempt, type Theme } from './situation.ts'

export const flags: Theme = {
  id: 'flags',
  title: 'The flags are wrong, or never arrive',
  intro: `Without \`--\`, \`npm create\` keeps the flags: \`--flag value\` reaches the program as the word \`value\` and the variable
\`npm_config_flag=true\`, \`--flag=value\` as \`npm_config_flag=value\`, \`--no-flag\` as an empty \`npm_config_flag\`. The project
that was asked for is not the program's default, and only that one is whole. Where a template is asked for that does not
exist, nothing is. An unknown template is for create-t3-app an unknown database.`,
  situations: [
    {
      id: 'unknown-flag',
      ours: '2, nothing',
      title: 'an unknown flag',
      run: (program) => attempt(program, { words: [...program.make('app'), '--no-such-flag'] }),
    },
    {
      id: 'misspelt-flag',
      ours: '2, nothing',
      title: 'a misspelt flag with a value',
      run: (program) => attempt(program, { words: [...program.make('app'), '--templat=x'] }),
    },
    {
      id: 'unknown-template',
      ours: '2, nothing',
      title: 'an unknown template',
      run: async (program) => {
        const words = program.unknown
        return words ? attempt(program, { words, kinds: [] }) : NONE
      },
    },
    {
      id: 'swallowed-words',
      ours: '0, whole',
      title: 'npm kept the flags: `--flag value`',
      atOnce: 6,
      run: (program) => swallowed(program, false),
    },
    {
      id: 'swallowed-values',
      ours: '0, whole',
      title: 'npm kept the flags: `--flag=value`',
      atOnce: 6,
      run: (program) => swallowed(program, true),
    },
  ],
}

function swallowed(program: Program, joined: boolean) {
  const env: NodeJS.ProcessEnv = {
    npm_command: 'init',
    npm_config_user_agent: 'npm/11.0.0 node/v20.0.0 linux x64 workspaces/false',
  }
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

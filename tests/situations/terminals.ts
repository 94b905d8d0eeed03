import type { Ended } from '../support/launch.ts'
import type { Kind } from './reference.ts'
import { attempt, type Theme } from './situation.ts'

/** What a run may have made where it had to choose for itself. */
const EITHER = ['make', 'defaults'] as Kind[]
const NO_ANSWERS = { answers: [] }
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const ESCAPE = /\u001b/
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const COLOUR = /\u001b\[[\d;]*(3|4|9|10)[0-9](;|m)/

export const terminals: Theme = {
  id: 'terminals',
  title: 'Nobody answers, or nobody listens',
  intro: `*Hangs* is what has not ended after 20 seconds and was ended. A project with the program's own defaults counts as whole
where nothing else was said. \`npm install\` and \`npm exec\` do nothing here.`,
  situations: [
    {
      id: 'no-words',
      ours: '2, nothing',
      title: 'no terminal, no words at all',
      atOnce: 6,
      run: (program) => attempt(program, { words: program.bare(), kinds: EITHER, how: NO_ANSWERS }),
    },
    {
      id: 'only-name',
      ours: '2, nothing',
      title: 'no terminal, only a name',
      atOnce: 6,
      run: (program) => attempt(program, { words: program.bare('app'), kinds: EITHER, how: NO_ANSWERS }),
    },
    {
      id: 'silence',
      ours: '2, nothing',
      title: 'only a name, and an input that stays open and silent',
      atOnce: 6,
      run: (program) =>
        attempt(program, { words: program.bare('app'), kinds: EITHER, how: { ...NO_ANSWERS, silent: true } }),
    },
    {
      id: 'ci',
      ours: '2, nothing',
      title: '`CI=1` in a terminal, only a name',
      atOnce: 6,
      run: (program) =>
        attempt(program, {
          words: program.bare('app'),
          kinds: EITHER,
          how: { ...NO_ANSWERS, terminal: true, env: { CI: '1' } },
        }),
    },
    {
      id: 'cancelled',
      ours: '130, nothing',
      title: 'Ctrl-C at the first question, in a terminal',
      atOnce: 6,
      run: (program) =>
        attempt(program, {
          words: program.bare(),
          how: { ...NO_ANSWERS, terminal: true, whenQuiet: '\u0003' },
        }),
    },
    {
      id: 'closed-early',
      ours: '0, whole',
      title: 'the reader of its output has gone: `| head -c 0`',
      run: (program) =>
        attempt(program, {
          wrap: (command) => ['bash', '-o', 'pipefail', '-c', '"$0" "$@" | head -c 0', ...command],
        }),
    },
    {
      id: 'output-full',
      ours: '0, whole',
      title: 'its output goes to a full disk: `> /dev/full`',
      run: (program) => attempt(program, { wrap: (command) => ['sh', '-c', '"$0" "$@" > /dev/full', ...command] }),
    },
    {
      id: 'pipe',
      ours: '0, whole, no escape codes',
      title: 'its output goes into a pipe',
      run: (program) => attempt(program, { notes: codesIn(ESCAPE, 'escape codes') }),
    },
    {
      id: 'no-color',
      ours: '0, whole, no colours',
      title: '`NO_COLOR=1`, in a terminal',
      run: (program) =>
        attempt(program, { how: { terminal: true, env: { NO_COLOR: '1' } }, notes: codesIn(COLOUR, 'colours') }),
    },
    {
      id: 'dumb',
      ours: '0, whole, no escape codes',
      title: '`TERM=dumb`, in a terminal',
      run: (program) =>
        attempt(program, { how: { terminal: true, env: { TERM: 'dumb' } }, notes: codesIn(ESCAPE, 'escape codes') }),
    },
  ],
}

function codesIn(pattern: RegExp, what: string): (ended: Ended) => string[] {
  return ({ output }) => [pattern.test(output) ? what : `no ${what}`]
}

import { attempt } from './attempt.mjs'

/** @typedef {import('./attempt.mjs').Program} Program */

/** What a run may have made where it had to choose for itself. */
const EITHER = /** @type {import('./reference.mjs').Kind[]} */ (['make', 'defaults'])
const NO_ANSWERS = { answers: [] }
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const ESCAPE = /\u001b/
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const COLOUR = /\u001b\[[\d;]*(3|4|9|10)[0-9](;|m)/

/** @type {import('./attempt.mjs').Theme} */
export const terminals = {
  id: 'terminals',
  title: 'Nobody answers, or nobody listens',
  intro: `*Hangs* is what has not ended after 20 seconds and was ended. A project with the program's own defaults counts as whole
where nothing else was said. \`npm install\` and \`npm exec\` do nothing here.`,
  situations: [
    {
      id: 'no-words',
      title: 'no terminal, no words at all',
      atOnce: 6,
      run: (program) => attempt(program, { words: program.bare(), kinds: EITHER, how: NO_ANSWERS }),
    },
    {
      id: 'only-name',
      title: 'no terminal, only a name',
      atOnce: 6,
      run: (program) => attempt(program, { words: program.bare('app'), kinds: EITHER, how: NO_ANSWERS }),
    },
    {
      id: 'silence',
      title: 'only a name, and an input that stays open and silent',
      atOnce: 6,
      run: (program) =>
        attempt(program, { words: program.bare('app'), kinds: EITHER, how: { ...NO_ANSWERS, silent: true } }),
    },
    {
      id: 'ci',
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
      title: 'the reader of its output has gone: `| head -c 0`',
      run: (program) =>
        attempt(program, {
          wrap: (command) => ['bash', '-o', 'pipefail', '-c', '"$0" "$@" | head -c 0', ...command],
        }),
    },
    {
      id: 'output-full',
      title: 'its output goes to a full disk: `> /dev/full`',
      run: (program) => attempt(program, { wrap: (command) => ['sh', '-c', '"$0" "$@" > /dev/full', ...command] }),
    },
    {
      id: 'pipe',
      title: 'its output goes into a pipe',
      run: (program) => attempt(program, { notes: codesIn(ESCAPE, 'escape codes') }),
    },
    {
      id: 'no-color',
      title: '`NO_COLOR=1`, in a terminal',
      run: (program) =>
        attempt(program, { how: { terminal: true, env: { NO_COLOR: '1' } }, notes: codesIn(COLOUR, 'colours') }),
    },
    {
      id: 'dumb',
      title: '`TERM=dumb`, in a terminal',
      run: (program) =>
        attempt(program, { how: { terminal: true, env: { TERM: 'dumb' } }, notes: codesIn(ESCAPE, 'escape codes') }),
    },
  ],
}

/**
 * @param {RegExp} pattern
 * @param {string} what
 * @returns {(ended: import('./launch.mjs').Ended) => string[]}
 */
function codesIn(pattern, what) {
  return ({ output }) => [pattern.test(output) ? what : `no ${what}`]
}

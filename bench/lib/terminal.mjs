import pty from '@lydell/node-pty'

const WAIT_MS = 15_000

/**
 * Milliseconds until a program shows a text in a real terminal. The program is ended then.
 * @param {string[]} args what Node runs
 * @param {string} text
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>}
 */
export async function timeToText(args, text, options) {
  const started = performance.now()
  const { child, ended } = open(args, options)
  let shown = ''
  const seen = new Promise((resolve) => {
    child.onData((data) => {
      shown += data
      if (plain(shown).includes(text)) resolve(performance.now() - started)
    })
  })
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, WAIT_MS)
  })
  const milliseconds = await Promise.race([seen, late, ended])
  clearTimeout(timer)
  child.kill('SIGKILL')
  await ended
  if (typeof milliseconds === 'number') return milliseconds
  throw new Error(`never showed “${text}” in a terminal, but: ${plain(shown).trim().slice(0, 200)}`)
}

/**
 * Milliseconds until a program in a terminal has ended.
 * @param {string[]} args what Node runs
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 */
export async function timeToEnd(args, options) {
  const started = performance.now()
  await open(args, options).ended
  return performance.now() - started
}

/**
 * @param {string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 */
function open(args, { cwd, env }) {
  const child = pty.spawn(process.execPath, args, { cwd, env, cols: 100, rows: 40 })
  const ended = new Promise((resolve) => {
    child.onExit(() => resolve(undefined))
  })
  return { child, ended }
}

/** Without colours and cursor moves. @param {string} text */
function plain(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
  return text.replace(/\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>78])/g, '')
}

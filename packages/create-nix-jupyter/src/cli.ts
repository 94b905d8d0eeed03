import { endingSignal, Failure, SIGNAL_EXIT_CODES, systemError } from './base/errors.js'
import { type Host, readHost } from './base/host.js'
import { managerOf } from './base/manager.js'
import { isRedirected, writeRedirected } from './base/output.js'
import { type Paint, paintFor } from './base/paint.js'
import { runCommand } from './commands/run.js'
import { commandIn, isChange, refuseMistyped } from './commands/table.js'
import { isOn } from './input/environment.js'
import { gather, type Request, withDirectory } from './input/gather.js'
import type { Given } from './input/options.js'
import { keptJson } from './input/swallowed.js'
import type { Ask, Conversation } from './questions/question.js'
import type { Outcome } from './report/outcome.js'

// The front door for the command line: the only file, with index.ts, that touches `process`.

/** @returns the exit code */
async function main(argv: readonly string[], host: Host, signal: AbortSignal): Promise<number> {
  const request = gather(argv, host)
  const { given, words } = request
  const command = commandIn(words)
  if (given.help) {
    const { helpText } = await import('./commands/help.js')
    print(helpText(managerOf(host.env), command === 'help' ? commandIn(words.slice(1)) : command))
  } else if (given.version) {
    print(PROGRAM_VERSION)
  } else if (command) {
    const talk = conversationFor(given, host, signal)
    const run = { host, paint: outputPaint(host), signal, ask: talk.ask }
    const { text, exitCode, warnings = [] } = await runCommand(command, request, run)
    talk.end()
    if (!given.json) [...request.warnings, ...warnings].forEach(complain)
    const isDone = isChange(command) && !given['dry-run'] && !request.typed.check
    print(text, isDone)
    return exitCode
  } else {
    await create(request, host, signal)
  }
  return 0
}

async function create(request: Request, host: Host, signal: AbortSignal): Promise<void> {
  refuseWindowsDirectory(host)
  refuseMistyped(request.words)
  const given = withDirectory(request)
  const { createProject } = await import('./create.js')
  if (!given.json) request.warnings.forEach(complain)
  const conversation = canAsk(given, host) ? await openConversation(host, signal, 'created') : undefined
  const said: string[] = []
  const warn = (text: string) => {
    said.push(text)
    if (!given.json) complain(text)
  }
  const outcome = await createProject(given, {
    host,
    signal,
    warn,
    ask: conversation && orStop(conversation.ask, signal),
  })
  conversation?.end()
  const warnings = [...request.warnings, ...said, ...outcome.warnings]
  if (!given.json) outcome.warnings.forEach(complain)
  print(await describe(outcome, given, host, warnings), given['dry-run'] !== true)
}

/** Where npm of Windows runs when it is called in a directory of WSL2, which cmd.exe does not know: it goes to its own. */
function refuseWindowsDirectory({ cwd, platform }: Host): void {
  if (platform !== 'win32' || !/^[a-z]:\\windows(\\|$)/i.test(cwd)) return
  throw new Failure('usage', `This is the npm of Windows, and it runs in ${cwd}. A project needs the npm of WSL2.`, {
    next: [
      'Next: in WSL2, install Node.js there: sudo apt install nodejs npm',
      'Then open a new terminal, and try again.',
    ],
  })
}

/** The text about a run that came to its end, in the form that was asked for. */
async function describe(outcome: Outcome, given: Given, host: Host, warnings: readonly string[]): Promise<string> {
  const dry = given['dry-run'] === true
  const paint = outputPaint(host)
  if (given.json) return (await import('./report/json.js')).jsonDone(outcome, dry, warnings, host)
  if (dry) return (await import('./report/dry-run.js')).reportPlan(outcome, paint)
  return (await import('./report/text.js')).reportDone(outcome, host, paint)
}

const STDOUT = 1
const SHOW_CURSOR = '\x1b[?25h'

/** Whether the terminal can draw over what it shows, has a size, and nobody has asked for plain lines. */
function canDraw({ env }: Host): boolean {
  return !isOn(env.ACCESSIBLE) && env.TERM !== 'dumb' && process.stdout.columns > 0 && process.stdout.rows > 0
}

/** Opens the conversation that this terminal can show. */
async function openConversation(host: Host, signal: AbortSignal, done: 'created' | 'changed'): Promise<Conversation> {
  if (canDraw(host)) {
    // After ^Z and fg nobody else goes on to read, or draws the question again.
    process.on('SIGCONT', () => setImmediate(goOnAsking))
    const { converse } = await import('./questions/prompts.js')
    const conversation = converse({ window: process.stdout, paint: paintFor(process.stdout, host), signal, done })
    return { ...conversation, ask: untilTerminalCloses(conversation.ask) }
  }
  const { conversePlainly } = await import('./questions/plain.js')
  return conversePlainly(signal, { input: process.stdin, output: process.stdout, done })
}

/** For commands, few of which ask anything: a conversation that is opened at the first question. */
function conversationFor(given: Given, host: Host, signal: AbortSignal) {
  let open: Conversation | undefined
  const ask: Ask = async (question) => {
    open ??= await openConversation(host, signal, 'changed')
    return orStop(open.ask, signal)(question)
  }
  return { ask: () => (given.yes || !canAsk(given, host) ? undefined : ask), end: () => open?.end() }
}

function goOnAsking(): void {
  process.stdin.setRawMode(true).resume()
  process.stdout.emit('continue')
}

/**
 * A terminal that closes at a question ends the run by its signal, as it ends any program: nothing has been written yet, and
 * Node cannot tidy up a terminal that is gone.
 */
function untilTerminalCloses(ask: Conversation['ask']): Conversation['ask'] {
  const end = () => {
    process.removeAllListeners('SIGHUP')
    // A signal alone leaves the terminal open, and its cursor hidden.
    process.stdout.write(SHOW_CURSOR)
    process.kill(process.pid, 'SIGHUP')
  }
  return async (question) => {
    process.prependListener('SIGHUP', end)
    process.stdin.on('end', end)
    try {
      return await ask(question)
    } finally {
      process.off('SIGHUP', end)
      process.stdin.off('end', end)
      // After ^Z the questions themselves would not, and an input that is read keeps the program alive.
      process.stdin.pause()
    }
  }
}

/** A question that is left without an answer, by Ctrl-C or Escape, ends the run. */
function orStop(ask: Conversation['ask'], signal: AbortSignal): Ask {
  return async (question) => {
    const answer = await ask(question)
    if (answer !== undefined) return answer
    // The conversation has said already that nothing was made.
    throw new Failure('interrupted', '', { signal: endingSignal(signal) })
  }
}

/** Somebody is there to answer: both ends are a terminal, and neither the flags nor the machine say otherwise. */
function canAsk(given: Given, { env }: Host): boolean {
  const wanted = given.input !== false && !given.json && !isOn(env.CI) && !(given.yes && given.directory !== undefined)
  // Last, because opening the standard input takes longer than all the rest.
  return wanted && !isRedirected(STDOUT) && process.stdin.isTTY === true && openOutput().isTTY === true
}

/** @param isDone the run has done something, and the text only tells of it; otherwise the text is all that came of the run */
function print(text: string, isDone = false): void {
  const end = (error: unknown) => {
    if (isDone || !['ENOSPC', 'EDQUOT'].includes(systemError(error).code)) return
    complain('✖ The output cannot be written: the disk that it goes to is full.\n  Next: df -h')
    // The run itself may still set its exit code.
    process.once('exit', () => {
      process.exitCode = 1
    })
  }
  try {
    const rest = isRedirected(STDOUT) ? writeRedirected(STDOUT, `${text}\n`) : `${text}\n`
    if (rest.length > 0) openOutput().write(rest, end)
  } catch (error) {
    end(error)
  }
}

/** The standard output as Node has it. */
function openOutput(): NodeJS.WriteStream {
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', ignoreLostReader)
  return process.stdout
}

/** Colours for the standard output. */
function outputPaint(host: Host): Paint {
  return paintFor(isRedirected(STDOUT) ? {} : openOutput(), host)
}

/** Writes to the standard error, which few runs need, and so few open. */
function complain(text: string): void {
  if (process.stderr.listenerCount('error') === 0) process.stderr.on('error', ignoreLostReader)
  process.stderr.write(`${text}\n`)
}

/** A reader that went away (`| head`) must not turn a made project into an error. */
function ignoreLostReader(): void {}

async function fail(error: unknown, host: Host): Promise<void> {
  const failure = error instanceof Failure ? error : unexpected(error)
  process.exitCode = failure.exitCode
  // Read from the words themselves: a command line that could not be understood has its answer in JSON too.
  if (process.argv.includes('--json') || isOn(host.env.CREATE_NIX_JUPYTER_JSON) || keptJson(host.env)) {
    const { jsonFailure } = await import('./report/json.js')
    print(jsonFailure(failure))
  } else {
    const { reportFailure } = await import('./report/text.js')
    const text = reportFailure(failure, paintFor(process.stderr, host))
    if (text) complain(text)
  }
}

function unexpected(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error)
  return new Failure('failed', `Unexpected error: ${message}`, {
    next: ['Nothing was created. This is a bug in create-nix-jupyter, not yours. Please report it.'],
  })
}

/** Runs the program for the command line of this process. Never throws: the exit code and a sentence say how it went. */
export function runCli(): void {
  // Until the end is reached, this run has not succeeded, whatever ends it.
  process.exitCode = 1

  const controller = new AbortController()
  // Not once: a second Ctrl-C would end the process at once, with what it has begun left behind.
  for (const signal of Object.keys(SIGNAL_EXIT_CODES)) process.on(signal, () => controller.abort(signal))

  const host = readHost(process)
  // Ctrl-D, or a terminal that goes away, leaves a question without an answer for ever, and nothing to wait for.
  const endOfInput = () => {
    if (!isRedirected(STDOUT) && openOutput().isTTY && canDraw(host)) process.stdout.write(SHOW_CURSOR)
    fail(new Failure('interrupted', 'The input ended. Nothing was created.'), host)
  }
  process.once('beforeExit', endOfInput)
  main(process.argv.slice(2), host, controller.signal)
    .then(
      (exitCode) => {
        process.exitCode = exitCode
      },
      (error) => fail(error, host),
    )
    .finally(() => process.off('beforeExit', endOfInput))
}

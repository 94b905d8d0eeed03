import { parseArguments } from './argv.js'
import { Failure, SIGNAL_EXIT_CODES } from './errors.js'
import { type Host, readHost } from './host.js'
import type { Given } from './options.js'
import { paintFor } from './paint.js'

// The front door for the command line: the only file, with index.ts, that touches `process`.

async function main(argv: readonly string[], host: Host, signal: AbortSignal): Promise<void> {
  const given = parseArguments(argv)
  if (given.help) {
    const { helpText } = await import('./help.js')
    print(helpText())
  } else if (given.version) {
    print(PROGRAM_VERSION)
  } else {
    await create(given, host, signal)
  }
}

async function create(given: Given, host: Host, signal: AbortSignal): Promise<void> {
  const [{ createProject }, report] = await Promise.all([import('./create.js'), import('./report.js')])
  const paint = paintFor(process.stdout, host)
  const conversation = canAsk(given, host) ? (await import('./prompts.js')).converse(signal) : undefined
  const outcome = await createProject(given, { host, signal, ask: conversation?.ask })
  conversation?.end()
  print(given['dry-run'] ? report.reportPlan(outcome, paint) : report.reportDone(outcome, host, paint))
}

/** Somebody is there to answer: both ends are a terminal, and neither the flags nor the machine say otherwise. */
function canAsk(given: Given, { env }: Host): boolean {
  const terminal = process.stdin.isTTY === true && process.stdout.isTTY === true
  return terminal && given.input !== false && !env.CI && !(given.yes && given.directory !== undefined)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

async function fail(error: unknown, host: Host): Promise<void> {
  const { reportFailure } = await import('./report.js')
  const failure = error instanceof Failure ? error : unexpected(error)
  const text = reportFailure(failure, paintFor(process.stderr, host))
  if (text) process.stderr.write(`${text}\n`)
  process.exitCode = failure.exitCode
}

function unexpected(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error)
  return new Failure('failed', `Something went wrong that should not: ${message}`, {
    next: ['Nothing was made. Please report this.'],
  })
}

// A reader that went away (`| head`) must not turn a made project into an error.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})

// Until the end is reached, this run has not succeeded, whatever ends it.
process.exitCode = 1

const controller = new AbortController()
for (const signal of Object.keys(SIGNAL_EXIT_CODES)) process.once(signal, () => controller.abort(signal))

const host = readHost(process)
// Ctrl-D, or a terminal that goes away, leaves a question without an answer for ever, and nothing to wait for.
const endOfInput = () => fail(new Failure('interrupted', 'The input ended. Nothing was made.'), host)
process.once('beforeExit', endOfInput)
main(process.argv.slice(2), host, controller.signal)
  .then(
    () => {
      process.exitCode = 0
    },
    (error) => fail(error, host),
  )
  .finally(() => process.off('beforeExit', endOfInput))

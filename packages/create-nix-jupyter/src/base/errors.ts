/** Why a run ended without a project; each kind has one exit code. */
export type FailureKind = 'failed' | 'usage' | 'conflict' | 'network' | 'interrupted'

const EXIT_CODES: Record<Exclude<FailureKind, 'interrupted'>, number> = { failed: 1, usage: 2, conflict: 3, network: 4 }

/** What `--check` ends with where there is something to do. */
export const CHECK_EXIT_CODE = 5

/** Exit codes of the signals that end a run, by the rule of the shells (128 + number). */
export const SIGNAL_EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const
type EndingSignal = keyof typeof SIGNAL_EXIT_CODES

/** What a `Failure` can carry beside its message. */
export interface FailureDetails {
  /** What to do about it, one line each. */
  readonly next?: readonly string[]
  /** The options whose answers were missing. */
  readonly missing?: readonly string[]
  /** The signal that ended the run. */
  readonly signal?: EndingSignal
}

/** An ending that was foreseen: a sentence for the user and an exit code, never a stack trace. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly kind: FailureKind
  readonly exitCode: number
  readonly next: readonly string[]
  readonly missing: readonly string[]

  constructor(kind: FailureKind, message: string, details: FailureDetails = {}) {
    super(message)
    this.kind = kind
    this.exitCode = kind === 'interrupted' ? SIGNAL_EXIT_CODES[details.signal ?? 'SIGINT'] : EXIT_CODES[kind]
    this.next = details.next ?? []
    this.missing = details.missing ?? []
  }
}

/**
 * Called wherever stopping leaves nothing behind.
 *
 * @throws {Failure} when a signal has arrived
 */
export function throwIfStopped(signal: AbortSignal | undefined, done: 'created' | 'changed' = 'created'): void {
  if (signal?.aborted)
    throw new Failure('interrupted', `Stopped. Nothing was ${done}.`, { signal: endingSignal(signal) })
}

/**
 * Lets signals in that arrived while the program was busy.
 *
 * @throws {Failure} when one has arrived
 */
export async function stopIfAsked(signal: AbortSignal | undefined, done?: 'created' | 'changed'): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  throwIfStopped(signal, done)
}

/** The signal that ended the run; Ctrl-C and Escape at a question count as SIGINT. */
export function endingSignal(signal: AbortSignal): EndingSignal {
  const reason: unknown = signal.reason
  return reason === 'SIGTERM' || reason === 'SIGHUP' ? reason : 'SIGINT'
}

const SYSTEM_ERRORS: Record<string, (path: string) => [message: string, next: string]> = {
  ENOSPC: (path) => [
    `The disk is full: ${path} could not be written.`,
    'Next: free some space, or choose another disk.',
  ],
  EDQUOT: (path) => [
    `Your disk quota is used up: ${path} could not be written.`,
    'Next: free some space, or choose another disk.',
  ],
  EROFS: (path) => [`${path} is on a read-only disk.`, 'Next: choose a directory that can be written to.'],
  EACCES: (path) => [`No permission to write ${path}.`, 'Next: choose a directory that belongs to you.'],
  EPERM: (path) => [`The system does not allow writing ${path}.`, 'Next: choose a directory that belongs to you.'],
  ENOENT: (path) => [`${path} disappeared while the project was being created.`, 'Next: run the command again.'],
  ENAMETOOLONG: (path) => [`The path ${path} is too long for this disk.`, 'Next: choose a shorter name.'],
  EMFILE: () => ['Too many files are open.', 'Next: ulimit -n 1024    (or close some programs)'],
}

/** Turns an error of the file system into a sentence that names the file, as the user knows it, and the way out. Never throws. */
export function explainSystemError(error: unknown, path: string): Failure {
  if (error instanceof Failure) return error
  const explain = SYSTEM_ERRORS[systemError(error).code]
  if (explain) {
    const [message, next] = explain(path)
    return new Failure('failed', message, { next: [next] })
  }
  return new Failure(
    'failed',
    `${path} could not be written: ${error instanceof Error ? error.message : String(error)}`,
  )
}

/** The code of a system error, empty where there is none. */
export function systemError(error: unknown): { code: string } {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  // Node has no name for a quota that is used up, on Linux and on macOS.
  return { code: /^Unknown system error -(122|69)$/.test(code) ? 'EDQUOT' : code }
}

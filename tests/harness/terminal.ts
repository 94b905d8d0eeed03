import pty from '@lydell/node-pty'
import { until } from './run.ts'

/** A person's terminal: what it shows, and what is typed into it. */
export class Terminal {
  private readonly process: pty.IPty
  private shown = ''
  private exitCode: number | undefined

  constructor(command: string, args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }) {
    const env = Object.fromEntries(Object.entries(options.env).filter((entry) => entry[1] !== undefined))
    this.process = pty.spawn(command, args, { cwd: options.cwd, env, cols: 120, rows: 40 })
    this.process.onData((data) => {
      this.shown += data
    })
    this.process.onExit(({ exitCode }) => {
      this.exitCode = exitCode
    })
  }

  /** Everything shown so far, without colours and cursor moves. */
  get text(): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
    return this.shown.replace(/\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>])/g, '').replaceAll('\r', '')
  }

  /** Wait until the terminal shows this. */
  shows(pattern: RegExp, seconds = 180): Promise<true> {
    const found = async () => (pattern.test(this.text) ? (true as const) : undefined)
    return until(() => `the terminal shows ${pattern}; it shows:\n${this.text}`, found, seconds)
  }

  type(line: string): void {
    this.press(`${line}\r`)
  }

  /** Keys as they are: '\x03' is Ctrl-C. */
  press(keys: string): void {
    this.process.write(keys)
  }

  /** Wait for the end, and give the exit code. */
  ends(): Promise<number> {
    return until(
      () => `the terminal ends; it shows:\n${this.text}`,
      async () => this.exitCode,
    )
  }
}

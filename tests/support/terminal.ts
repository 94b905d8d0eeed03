import { closeSync, constants, openSync } from 'node:fs'
import { ReadStream } from 'node:tty'
import pty from '@lydell/node-pty'
import xterm from '@xterm/headless'

/** When what is waited for never comes: longer than it takes on a busy machine. */
const WAIT_MS = 180_000

/** A person at a terminal: sees the screen, types, and waits for what they expect to see. */
export interface Session {
  readonly pid: number
  /** What is on the screen now, with what has scrolled away. */
  screen(): string
  /** Everything that was written, raw. */
  raw(): string
  type(keys: string): void
  /** What is in the window now, without what has scrolled away. */
  window(): string
  /** Makes the window larger or smaller. */
  resize(cols: number, rows: number): void
  /** Closes the terminal, as a window is closed. */
  close(): void
  /** Ends the command, where it runs still. */
  kill(): void
  /** Resolves once the text is on the screen; fails with the screen when it never is. */
  see(text: string | RegExp): Promise<void>
  /** The exit code, as a shell gives it: 128 and the signal where one ended the command. */
  readonly exited: Promise<number>
  /** The same as the kernel tells it. */
  readonly ended: Promise<{ exitCode: number; signal?: number | undefined }>
  /** Hears all that is written, as it comes. */
  onText(listener: (text: string) => void): void
}

export const KEYS = {
  enter: '\r',
  ctrlC: '\x03',
  ctrlD: '\x04',
  ctrlZ: '\x1a',
  escape: '\x1b',
  up: '\x1b[A',
  down: '\x1b[B',
  backspace: '\x7f',
} as const

/** Runs a command in a real pty. */
export function openTerminal(
  [file = '', ...args]: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; cols?: number; rows?: number },
): Session {
  const { cwd, cols = 100, rows = 40 } = options
  const env = Object.fromEntries(Object.entries(options.env).filter(([, value]) => value !== undefined))
  const screen = new xterm.Terminal({ cols, rows, scrollback: 2000, allowProposedApi: true })
  const child = pty.spawn(file, args, { name: env.TERM ?? 'xterm', cols, rows, cwd, env })
  keepLastWords(child)
  let raw = ''
  const listeners = new Set<() => void>()
  let isOver = false
  child.onExit(() => {
    isOver = true
  })
  child.onData((data) => {
    raw += data
    screen.write(data, () => {
      for (const listener of listeners) listener()
    })
  })
  const ended = new Promise<{ exitCode: number; signal?: number | undefined }>((resolve) => {
    // Once the screen has taken in all that was written before.
    child.onExit((end) => screen.write('', () => resolve(end)))
  })
  const exited = ended.then(({ exitCode, signal }) => (signal ? 128 + signal : exitCode))
  const text = () => linesOf(screen)
  const see = (wanted: string | RegExp) =>
    new Promise<void>((resolve, reject) => {
      const isThere = () => (typeof wanted === 'string' ? text().includes(wanted) : wanted.test(text()))
      const timer = setTimeout(() => {
        listeners.delete(look)
        reject(new Error(`never saw ${wanted}; the screen was:\n${text()}`))
      }, WAIT_MS)
      const look = () => {
        if (!isThere()) return
        clearTimeout(timer)
        listeners.delete(look)
        resolve()
      }
      listeners.add(look)
      look()
    })
  return {
    pid: child.pid,
    screen: text,
    raw: () => raw,
    type: (keys) => child.write(keys),
    window: () => text().split('\n').slice(screen.buffer.active.baseY).join('\n'),
    resize: (width, height) => {
      screen.resize(width, height)
      child.resize(width, height)
    },
    close: () => closePty(child),
    // The number of a command that has ended may be another one's by now.
    kill: () => isOver || killPty(child),
    see,
    ended,
    exited,
    onText: (listener) => void child.onData(listener),
  }
}

function linesOf(screen: InstanceType<typeof xterm.Terminal>): string {
  const buffer = screen.buffer.active
  const lines = Array.from({ length: buffer.length }, (_, row) => buffer.getLine(row)?.translateToString(true) ?? '')
  return lines.join('\n').trimEnd()
}

/**
 * Has all that a command writes be read, however busy this process is when the command ends.
 *
 * Once nobody has the other end open any more, libuv reads one part and takes that for the last; and node-pty closes its own
 * end 200 ms after the command has ended. So the other end is kept open, until a whole turn of the event loop brings nothing.
 */
function keepLastWords(child: pty.IPty): void {
  const socket = '_socket' in child ? child._socket : undefined
  if (!(socket instanceof ReadStream && 'ptsName' in child)) throw new Error('node-pty has other names by now')
  const otherEnd = openSync(String(child.ptsName), constants.O_RDWR | constants.O_NOCTTY)
  socket.once('close', () => closeSync(otherEnd))
  let parts = 0
  socket.on('data', () => {
    parts += 1
  })
  const destroy = socket.destroy.bind(socket)
  socket.destroy = (error) => {
    const before = parts
    setImmediate(() => (parts === before ? destroy(error) : socket.destroy(error)))
    return socket
  }
}

/** Its types leave this out. */
function closePty(child: pty.IPty): void {
  if ('destroy' in child && typeof child.destroy === 'function') child.destroy()
}

function killPty(child: pty.IPty): void {
  try {
    child.kill('SIGKILL')
  } catch {
    // It ends just now.
  }
}

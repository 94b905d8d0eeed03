import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** A process of the machine: its number and command line. */
export type Process = { pid: number; command: string }

/**
 * All processes that carry the mark of a project in their environment.
 * @param state what NIX_JUPYTER_STATE begins with
 */
export function processesOf(state: string): Process[] {
  return processesWith(`NIX_JUPYTER_STATE=${state}`)
}

/** All processes that have this in their environment. */
export function processesWith(mark: string): Process[] {
  return process.platform === 'darwin' ? processesByPs(mark) : processesByProc(mark)
}

/** Every address and port on which those processes listen, such as `127.0.0.1:12345`. */
export function listenersOf(processes: Process[]): string[] {
  return process.platform === 'darwin' ? listenersByLsof(processes) : listenersByProc(processes)
}

/**
 * Watches what the processes of a project listen on, until the returned function is called.
 * @param state what NIX_JUPYTER_STATE begins with
 * @param onListener hears of each address and port, once
 */
export function watchListeners(state: string, onListener: (address: string) => void): () => Promise<void> {
  const seen = new Set<string>()
  let isOver = false
  const look = () => {
    for (const address of listenersOf(processesOf(state))) {
      if (!seen.has(address)) onListener(address)
      seen.add(address)
    }
  }
  const watching = (async () => {
    while (!isOver) {
      look()
      await pause(250)
    }
  })()
  return async () => {
    isOver = true
    await watching
    look()
  }
}

function processesByProc(mark: string): Process[] {
  const found: Process[] = []
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark)) continue
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      if (command) found.push({ pid: Number(pid), command })
    } catch {
      // It ended while we looked, or is somebody else's.
    }
  }
  return found
}

/** macOS has no /proc; its `ps -E` writes the environment behind the command. */
function processesByPs(mark: string): Process[] {
  const list = (...flags: string[]) =>
    execFileSync('ps', [...flags, '-axwwo', 'pid=,command='], { encoding: 'utf8' }).split('\n')
  const marked = new Set(list('-E').flatMap((line) => (line.includes(mark) ? [Number.parseInt(line, 10)] : [])))
  return list().flatMap((line) => {
    const [, pid, command = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? []
    return marked.has(Number(pid)) ? [{ pid: Number(pid), command }] : []
  })
}

function listenersByLsof(processes: Process[]): string[] {
  const pids = processes.map(({ pid }) => pid).join(',')
  if (!pids) return []
  const { stdout } = spawnSync('lsof', ['-nP', '-a', '-p', pids, '-iTCP', '-sTCP:LISTEN', '-Fn'], { encoding: 'utf8' })
  return stdout.split('\n').flatMap((line) => (line.startsWith('n') ? [line.slice(1)] : []))
}

function listenersByProc(processes: Process[]): string[] {
  const inodes = new Set<string>()
  for (const { pid } of processes) {
    try {
      for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
        const match = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))
        if (match?.[1]) inodes.add(match[1])
      }
    } catch {
      // It ended while we looked.
    }
  }
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listening(file, inodes))
}

/** Those that listen come first in such a table: its beginning will do, where it has thousands of connections. */
function listening(file: string, inodes: Set<string>): string[] {
  const LISTEN = '0A'
  const beginning = Buffer.alloc(1 << 17)
  const table = openSync(file, 'r')
  let length = 0
  for (let read = 1; read > 0 && length < beginning.length; length += read) {
    read = readSync(table, beginning, length, beginning.length - length, null)
  }
  closeSync(table)
  return beginning
    .toString('utf8', 0, length)
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN && inodes.has(fields[9] ?? ''))
    .map((fields) => readAddress(fields[1] ?? ''))
}

/** `0100007F:1F90` is 127.0.0.1:8080: the kernel writes the address in the order of the machine's bytes. */
function readAddress(text: string): string {
  const [address = '', port = ''] = text.split(':')
  const number = Number.parseInt(port, 16)
  const words = (address.match(/.{8}/g) ?? []).map((word) => (word.match(/../g) ?? []).reverse())
  if (words.length === 1)
    return `${words
      .flat()
      .map((byte) => Number.parseInt(byte, 16))
      .join('.')}:${number}`
  const groups = words.flatMap(([a, b, c, d]) => [`${a}${b}`, `${c}${d}`])
  // A URL writes it short: [::1].
  return `${new URL(`http://[${groups.join(':')}]`).hostname}:${number}`
}

/** Whether somebody answers at this address. */
export function answers(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

// A disk in memory for what tests write: trees of ten thousand small files, made and removed again, all the time.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'

/** With less memory than this (bytes), the tests write to the disk. */
const ENOUGH = 16 * 2 ** 30

const MOUNT = 'mount -t tmpfs -o mode=1777,size=75% tmpfs "$TMPDIR" && exec "$@"'

/**
 * What runs a command with such a disk of its own for its temporary files. It is gone with the last process that has it,
 * however that ends. Where this computer lets nobody mount one (no Linux, not root, little memory), the command as it is.
 * @param {string[]} command
 * @returns {{ command: string[], env: NodeJS.ProcessEnv }}
 */
export function inMemory(command) {
  if (process.platform !== 'linux' || process.getuid() !== 0 || totalmem() < ENOUGH)
    return { command, env: process.env }
  const TMPDIR = mkdtempSync(join(tmpdir(), 'nix-jupyter-'))
  process.once('exit', () => rmdirSync(TMPDIR))
  const withDisk = { command: around(command), env: { ...process.env, TMPDIR } }
  const [file, ...args] = around(['true'])
  const { status } = spawnSync(file, args, { env: withDisk.env })
  return status === 0 ? withDisk : { command, env: process.env }
}

const around = (command) => ['unshare', '--mount', 'sh', '-c', MOUNT, 'sh', ...command]

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

// What a test needs of the machine is asked for by ability, not by system; a test that cannot run is reported as skipped.

/** Whether disks can be mounted here: root on a Linux that allows it. */
export const canMount = mounts()

/** Whether a process can become another user. */
export const canChangeUser = process.geteuid?.() === 0

/** Whether the system lists its processes as files. */
export const hasProc = existsSync('/proc/self/cwd')

function mounts(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'mount-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status === 0
  if (mounted) spawnSync('umount', [folder])
  rmdirSync(folder)
  return mounted
}

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// What a test needs of the machine is asked for by ability, not by system. Each of these is the reason why it cannot be had,
// empty where it can; a test that has to be skipped carries the reason in its name.

/** For the name of a test that is skipped: `npm test` shows it at the end. */
export function notRun(reason: string): string {
  return reason && ` (not run: ${reason})`
}

const isRoot = process.geteuid?.() === 0

/** Why a process cannot become another user. */
export const noOtherUser = isRoot ? '' : 'only root can be another user'

/** The Python of the computer, which is not the project's. */
export const HOST_PYTHON = '/usr/bin/python3'
export const noHostPython = existsSync(HOST_PYTHON) ? '' : `there is no ${HOST_PYTHON}`

/** Why no other user can look around here while a project runs. */
export const noStranger =
  noOtherUser || noHostPython || (existsSync('/usr/bin/setpriv') ? '' : 'there is no /usr/bin/setpriv')

/** Why the processes of the system cannot be read as files. */
export const noProc = existsSync('/proc/self/cwd') ? '' : 'this system has no /proc'

/** Why a disk of its own cannot be mounted. */
export const noMount = whyNoMount()

/** Why a disk on which a quota is used up cannot be mounted. */
export const noQuota = noMount || whyNoBtrfs()

/** Why a test cannot lay a disk of its own over directories of this machine. */
export const noLayer = whyNoNamespace('--mount')

/** Why a process cannot be given a network of its own, without a way out. */
export const noCutOff = whyNoNamespace('--net')

/** Why system calls cannot be watched, stopped and made to fail. */
export const noStrace = whyNoStrace()

/** Why a test that is for Linux is not for this system. */
export const notLinux = process.platform === 'linux' ? '' : 'it is for Linux'

function whyNoMount(): string {
  const directory = mkdtempSync(join(tmpdir(), 'mount-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory]).status === 0
  if (mounted) spawnSync('umount', [directory])
  rmdirSync(directory)
  return mounted ? '' : 'only root on Linux can mount a disk'
}

function whyNoBtrfs(): string {
  if (!/\bbtrfs\n/.test(readFileSync('/proc/filesystems', 'utf8'))) return 'this Linux does not have btrfs'
  return spawnSync('mkfs.btrfs', ['--version']).error ? 'btrfs-progs is not installed' : ''
}

function whyNoNamespace(kind: string): string {
  return spawnSync('unshare', [kind, 'true']).status === 0 ? '' : 'it takes root on Linux'
}

function whyNoStrace(): string {
  const { status, error } = spawnSync('strace', ['-qq', '-o', '/dev/null', '-e', 'inject=chdir:error=EIO', 'true'])
  if (error) return 'strace is not installed'
  return status === 0 ? '' : 'strace may not trace here'
}

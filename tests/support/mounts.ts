import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'

// It takes root. Each gives what undoes it.

/** A disk of its own in memory. @param options of tmpfs, such as `size=64k` */
export function mountSmallDisk(directory: string, options: string): () => void {
  return mount(['-t', 'tmpfs', '-o', options, 'tmpfs', directory], directory)
}

/** A disk of which this user may fill a part, and has: with room left on it, and not for him. */
export function mountUsedUpQuota(directory: string): () => void {
  const image = `${directory}.img`
  const script = [
    'set -e; truncate -s 150M "$1"; mkfs.btrfs -q -f "$1"; mount -o loop "$1" "$2"',
    'btrfs quota enable "$2"; btrfs qgroup limit 1M 0/5 "$2"',
    // What is there takes the rest bit by bit.
    'dd if=/dev/urandom of="$2/mine" bs=4k count=999 2>/dev/null || :; sync -f "$2"',
    'for each in 1 2 3 4 5 6 7 8 9; do dd if=/dev/urandom of="$2/mine$each" bs=4k count=99 2>/dev/null || break; done',
  ]
  mkdirSync(directory, { recursive: true })
  execFileSync('sh', ['-c', script.join('\n'), 'sh', image, directory], { stdio: ['ignore', 'ignore', 'pipe'] })
  return () => {
    execFileSync('umount', ['--lazy', directory])
    rmSync(image)
  }
}

/** Turns a directory into a read-only mount of itself, which stops even root. */
export function mountReadOnly(directory: string): () => void {
  const undo = mount(['--bind', directory, directory], directory)
  execFileSync('mount', ['-o', 'remount,bind,ro', directory])
  return undo
}

/** Mounts a directory or a file onto itself: the same disk, and yet nothing can be renamed into it. */
export function mountItself(place: string): () => void {
  return mount(['--bind', place, place], place)
}

function mount(args: string[], directory: string): () => void {
  execFileSync('mount', args)
  return () => {
    execFileSync('umount', ['--lazy', directory])
  }
}

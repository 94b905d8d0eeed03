import { execFileSync } from 'node:child_process'

// It takes root. Each gives what undoes it.

/** A disk of its own in memory. @param options of tmpfs, such as `size=64k` */
export function mountSmallDisk(folder: string, options: string): () => void {
  return mount(['-t', 'tmpfs', '-o', options, 'tmpfs', folder], folder)
}

/** Turns a folder into a read-only mount of itself, which stops even root. */
export function mountReadOnly(folder: string): () => void {
  const undo = mount(['--bind', folder, folder], folder)
  execFileSync('mount', ['-o', 'remount,bind,ro', folder])
  return undo
}

/** Mounts a folder or a file onto itself: the same disk, and yet nothing can be renamed into it. */
export function mountItself(place: string): () => void {
  return mount(['--bind', place, place], place)
}

function mount(args: string[], folder: string): () => void {
  execFileSync('mount', args)
  return () => {
    execFileSync('umount', ['--lazy', folder])
  }
}

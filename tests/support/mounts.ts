import { execFileSync } from 'node:child_process'

// It takes root. Each gives what undoes it.

/** A disk of its own in memory. @param options of tmpfs, such as `size=64k` */
export function mountSmallDisk(directory: string, options: string): () => void {
  return mount(['-t', 'tmpfs', '-o', options, 'tmpfs', directory], directory)
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

import { readFileSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import { Failure } from '../base/errors.js'
import { shellQuote } from '../base/shell.js'

/**
 * Looks whether files are where one rename can put them: on the disk of the project, with nothing mounted on the way.
 *
 * @param files relative to the project
 * @param typed the project's directory as the user wrote it
 * @throws {Failure} which names the directory or the file that is on another disk
 */
export function refuseOtherDisks(root: string, files: readonly string[], typed: string): void {
  const mounts = mountsOfSystem()
  const real = realpathSync(root)
  const own = statSync(real).dev
  for (const place of new Set(files.flatMap(placesOf))) {
    const found = statSync(path.join(real, place), { throwIfNoEntry: false })
    if (!found) continue
    const isMount = mounts.has(path.join(real, place))
    // The number of a file is no witness: a container's disk is put together of several.
    if (isMount || (found.isDirectory() && found.dev !== own)) throw onOtherDisk(path.join(typed, place), isMount)
  }
}

/** A file, and all directories above it. */
function placesOf(file: string): string[] {
  const parts = file.split('/')
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

/** Where something is mounted, as the kernel knows it: also a directory of the same disk, across which nothing can be renamed. */
function mountsOfSystem(): ReadonlySet<string> {
  try {
    const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
    const readable = (text: string) =>
      text.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)))
    return new Set(lines.map((line) => readable(line.split(' ')[4] ?? '')))
  } catch {
    return new Set()
  }
}

function onOtherDisk(place: string, isMount: boolean): Failure {
  return new Failure('failed', `${place} is on another disk than the rest of the project. Nothing was changed.`, {
    next: [isMount ? `Next: sudo umount ${shellQuote(place)}` : 'Put a directory of the same disk there.'],
  })
}

import { readdirSync } from 'node:fs'
import path from 'node:path'
import type { Change } from './change.js'

/**
 * The same changes, but a `.gitignore` stays where something lies beside it that does not go with it: a secret or data, which the
 * next `git add` would take.
 */
export function keepIgnores(root: string, changes: readonly Change[]): Change[] {
  const removed = new Set(changes.flatMap((change) => (change.action === 'removed' ? [change.path] : [])))
  return changes.map((change): Change => {
    if (!removed.has(change.path) || path.posix.basename(change.path) !== '.gitignore') return change
    const directory = path.posix.dirname(change.path)
    if (!hasMore(root, directory, removed)) return change
    return { path: change.path, action: 'kept', before: change.before, why: `git ignores files in ${directory}/ by it` }
  })
}

/** Whether a directory has a file that is not among those which are removed. */
function hasMore(root: string, directory: string, removed: ReadonlySet<string>): boolean {
  return readdirSync(path.join(root, directory), { withFileTypes: true }).some((entry) => {
    const file = `${directory}/${entry.name}`
    return entry.isDirectory() ? hasMore(root, file, removed) : !removed.has(file)
  })
}

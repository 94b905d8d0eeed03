import { hashOf } from '../base/hash.js'
import type { Host } from '../base/host.js'
import { runGit } from '../base/run-git.js'

/** The longest that git may look, and the most that it may print. */
const LIMITS = { timeoutMs: 20_000, maxBytes: 64 * 1024 * 1024 }
const MAX_OBJECTS = 5000

/**
 * Finds, among all that git has ever had at these paths, the content with the recorded hash.
 *
 * @param wanted the hash of each path, relative to the project
 * @returns what was found; nothing where there is no git or no repository. Never rejects.
 */
export async function basesFromGit(
  root: string,
  wanted: ReadonlyMap<string, string>,
  host: Host,
): Promise<Map<string, Buffer>> {
  const git = (args: readonly string[], input?: string) =>
    runGit(root, ['--literal-pathspecs', '-c', 'log.showSignature=false', ...args], {
      host,
      ...LIMITS,
      env: { GIT_NO_LAZY_FETCH: '1' },
      ...(input !== undefined && { input }),
    })
  const paths = [...wanted.keys()]
  // What is only added, as in a project whose first commit had no author, is in the index alone.
  const staged = await git(['ls-files', '--stage', '-z', '--', ...paths])
  if (!staged.ok) return new Map()
  const log = ['log', '--all', '--format=', '--raw', '--no-abbrev', '--no-renames', '-z', '--', ...paths]
  const logged = await git(log)
  const text = `${staged.bytes.toString()}\0${logged.ok ? logged.bytes.toString() : ''}`
  // Before and after each change; which path an object belongs to is decided by its hash alone.
  const objects = [...new Set(text.match(/\b[0-9a-f]{40}(?:[0-9a-f]{24})?\b/g))].filter((id) => !/^0+$/.test(id))
  if (objects.length === 0 || objects.length > MAX_OBJECTS) return new Map()
  const read = await git(['cat-file', '--batch'], `${objects.join('\n')}\n`)
  if (!read.ok) return new Map()
  const byHash = new Map(blobsOf(read.bytes).map((content) => [hashOf(content), content]))
  return new Map(
    [...wanted].flatMap(([file, hash]) => {
      const content = byHash.get(hash)
      return content ? [[file, content] as const] : []
    }),
  )
}

/** Reads what `git cat-file --batch` prints: `ID blob SIZE`, the bytes and a line break, one after the other. */
function blobsOf(printed: Buffer): Buffer[] {
  const blobs: Buffer[] = []
  for (let at = 0; at < printed.length; ) {
    const end = printed.indexOf(10, at)
    if (end < 0) break
    const [, kind, size] = printed.toString('latin1', at, end).split(' ')
    at = end + 1
    // `ID missing` has no bytes.
    if (size === undefined) continue
    if (kind === 'blob') blobs.push(printed.subarray(at, at + Number(size)))
    at += Number(size) + 1
  }
  return blobs
}

import path from 'node:path'
import type { Host } from '../base/host.js'
import { runGit } from '../base/run-git.js'
import { shellQuote } from '../base/shell.js'

/** A file of a project, and what it is called where the user is. */
export interface Lost {
  readonly root: string
  /** The project's directory as the user wrote it. */
  readonly typed: string
  readonly file: string
}

/**
 * Asks git where it still has a file: in the last commit, in the index, or in the last commit that changed it.
 *
 * @param isGood whether a content is what is needed
 * @returns the command that restores it; undefined where git has nothing. Never rejects.
 */
export async function restoreCommand(
  { root, typed, file }: Lost,
  isGood: (content: Buffer) => boolean,
  host: Host,
): Promise<string | undefined> {
  const git = (...args: string[]) => runGit(root, ['--literal-pathspecs', ...args], { host })
  const last = await git('rev-list', '-1', 'HEAD', '--', file)
  const commit = last.ok && last.output ? [`${last.output}`, `${last.output}^`] : []
  for (const place of ['HEAD', '', ...commit]) {
    const read = await git('cat-file', 'blob', `${place}:./${file}`)
    if (!read.ok || !isGood(read.bytes)) continue
    const where = path.resolve(host.cwd) === root ? '' : ` -C ${shellQuote(typed)}`
    return ['git', where.trim(), 'checkout', place && shellQuote(place), '--', shellQuote(file)]
      .filter(Boolean)
      .join(' ')
  }
  return undefined
}

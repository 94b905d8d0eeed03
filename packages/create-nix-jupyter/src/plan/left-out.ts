import { Failure } from '../base/errors.js'
import type { Host } from '../base/host.js'
import { runGit } from '../base/run-git.js'
import { shellQuote } from '../base/shell.js'

const SHOWN = 5

/**
 * Looks whether files that are not there are only left out by git, as a sparse checkout does: they are not deleted, and
 * would be those of the old version when they come back.
 *
 * @param missing relative to the project
 * @param typed the project's directory as the user wrote it
 * @throws {Failure} which names them, and the command that brings them back
 */
export async function refuseLeftOut(
  { root, typed }: { root: string; typed: string },
  missing: readonly string[],
  host: Host,
): Promise<void> {
  if (missing.length === 0) return
  const listed = await runGit(root, ['--literal-pathspecs', 'ls-files', '-t', '-z', '--', ...missing], { host })
  const files = listed.bytes
    .toString()
    .split('\0')
    .flatMap((line) => (line.startsWith('S ') ? [line.slice(2)] : []))
  if (files.length === 0) return
  const more = files.length > SHOWN ? ` and ${files.length - SHOWN} more` : ''
  const git = root === host.cwd ? 'git' : `git -C ${shellQuote(typed)}`
  throw new Failure(
    'conflict',
    `git leaves files of the project out here (sparse checkout): ${files.slice(0, SHOWN).join(', ')}${more}. Nothing was changed.`,
    { next: [`Next: ${git} sparse-checkout disable`, 'Then run the command again.'] },
  )
}

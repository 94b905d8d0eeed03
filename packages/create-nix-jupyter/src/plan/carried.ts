import { Failure } from '../base/errors.js'
import type { Host } from '../base/host.js'
import type { ProjectFile } from '../templates/render.js'
import { type Change, isNeverMarked } from './change.js'
import { isText } from './lines.js'
import { restoreCommand } from './restore.js'

/** What people write for people works without the feature that it is about. */
const PROSE = /\.md$/

/** A change of answers: what this version makes of the ones before and of the new ones. */
interface Answered {
  readonly root: string
  readonly typed: string
  readonly before: readonly ProjectFile[]
  readonly after: readonly ProjectFile[]
  /** Whether all that changes is that something is taken out, which is out of a file that is gone. */
  readonly isLess: boolean
}

/**
 * Refuses a change that would be recorded and be in no file: the user has deleted the file that it goes into, or nobody can merge it.
 *
 * @throws {Failure} which names the file, and how to get it back
 */
export async function refuseUncarried(
  { root, typed, before, after, isLess }: Answered,
  changes: readonly Change[],
  host: Host,
): Promise<void> {
  const contents = new Map(before.map((file) => [file.path, file.content]))
  const carriers = after.filter(({ path, content }) => {
    const old = contents.get(path)
    return old && !old.equals(content) && !PROSE.test(path) && !isNeverMarked(path)
  })
  for (const { path: file } of carriers) {
    const change = changes.find(({ path }) => path === file)
    if (change?.action === 'deleted' && !isLess) {
      const command = await restoreCommand({ root, typed, file }, isText, host)
      throw new Failure(
        'conflict',
        `${file} does not exist any more, and this change goes into it. Nothing was changed.`,
        {
          next: [command ? `Next: ${command}` : `Next: restore ${file} first.`],
        },
      )
    }
    if (change?.action === 'kept')
      throw new Failure(
        'conflict',
        `${file} is not text in UTF-8, and this change goes into it. Nothing was changed.`,
        {
          next: [`Next: save ${file} as UTF-8 in your editor, then run the command again.`],
        },
      )
  }
}

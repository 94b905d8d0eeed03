import { existsSync } from 'node:fs'
import path from 'node:path'
import { Failure } from '../base/errors.js'
import type { Host } from '../base/host.js'
import { runGit } from '../base/run-git.js'
import { shellQuote } from '../base/shell.js'
import { unmergedStages } from './conflicted.js'

/** What git is in the middle of: the command that it belongs to. */
type Unfinished = 'merge' | 'rebase' | 'am' | 'cherry-pick' | 'revert'

/** What is known of the repository around a project. */
export interface GitState {
  /** Whether there are changes of tracked files that are not committed. */
  readonly isDirty: boolean
  readonly unfinished: Unfinished | undefined
  /** Files of the project that git could not merge, relative to it. */
  readonly unmerged: readonly string[]
  /** The file that stands where git is at work on its index, or was when it was killed. */
  readonly lock: string
}

const SIGNS: readonly (readonly [file: string, command: Unfinished])[] = [
  ['rebase-merge', 'rebase'],
  ['rebase-apply/applying', 'am'],
  ['rebase-apply', 'rebase'],
  ['MERGE_HEAD', 'merge'],
  ['CHERRY_PICK_HEAD', 'cherry-pick'],
  ['REVERT_HEAD', 'revert'],
]

/** How git's status begins the line of a file that it could not merge. */
const UNMERGED = /^(DD|AU|UD|UA|DU|AA|UU) /m

/** Asks git; undefined where the project is in no repository. Never rejects. */
export async function gitStateOf(root: string, host: Host): Promise<GitState | undefined> {
  const place = await runGit(root, ['rev-parse', '--absolute-git-dir'], { host })
  if (!place.ok) return undefined
  const inGit = (file: string) => path.join(place.output, file)
  const status = await runGit(root, ['--no-optional-locks', 'status', '--porcelain', '-uno', '--', '.'], { host })
  const isMerged = status.ok && !UNMERGED.test(status.output)
  return {
    isDirty: status.ok && status.output !== '',
    unfinished: SIGNS.find(([file]) => existsSync(inGit(file)))?.[1],
    unmerged: isMerged ? [] : [...(await unmergedStages(root, host)).keys()],
    lock: inGit('index.lock'),
  }
}

/** Whether git has only the newest commits here, and not those in which files are as they were made. Never rejects. */
export async function isShallow(root: string, host: Host): Promise<boolean> {
  return (await runGit(root, ['rev-parse', '--is-shallow-repository'], { host })).output === 'true'
}

/** @throws {Failure} where git has not finished something, which a change of the project would get mixed up with */
export function refuseUnfinishedGit({ unfinished, unmerged }: GitState, typed: string, here: boolean): void {
  const git = here ? 'git' : `git -C ${shellQuote(typed)}`
  if (unfinished) {
    const which = unmerged.length > 0 ? ` Not resolved yet: ${unmerged.join(', ')}` : ''
    const add = unmerged.length > 0 ? `${git} add -- ${unmerged.map(shellQuote).join(' ')} && ` : ''
    throw new Failure('conflict', `git ${unfinished} is not finished here.${which}`, {
      next: [
        `Next: finish it: ${add}${git} ${unfinished} --continue`,
        `Or go back: ${git} ${unfinished} --abort`,
        'Then run the command again. Nothing was changed.',
      ],
    })
  }
  if (unmerged.length === 0) return
  throw new Failure('conflict', `git could not merge: ${unmerged.join(', ')}`, {
    next: [`Next: edit them, then: ${git} add ${unmerged.map(shellQuote).join(' ')}`, 'Then run the command again.'],
  })
}

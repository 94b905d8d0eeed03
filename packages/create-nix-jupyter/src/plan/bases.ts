import { Failure } from '../base/errors.js'
import { hashOf } from '../base/hash.js'
import type { Host } from '../base/host.js'
import { basesFromGit } from './base-git.js'
import { basesFromPacked } from './base-packed.js'
import type { Past } from './read-record.js'
import { answersFor, renderAnswers, wantedBefore } from './wanted.js'

/** What files were when they were made. */
export interface Bases {
  readonly contents: ReadonlyMap<string, Buffer>
  /** Where they come from, for the report. */
  readonly sources: readonly string[]
}

/** With what is searched. */
export interface Search {
  readonly host: Host
  /** Nothing is fetched. */
  readonly offline: boolean
}

/**
 * Finds what files were when they were made. Each way is tried for what the ones before it did not find, and nothing is believed
 * that does not have the recorded hash.
 *
 * @param wanted the recorded hash of each path
 */
export async function findBases(
  past: Past,
  wanted: ReadonlyMap<string, string>,
  root: string,
  { host, offline }: Search,
): Promise<Bases> {
  const contents = new Map<string, Buffer>()
  const sources: string[] = []
  const isSame = past.version === PROGRAM_VERSION
  const ways: readonly (readonly [string, (missing: ReadonlyMap<string, string>) => Promise<Map<string, Buffer>>])[] = [
    ...(isSame
      ? [['this version', (missing: ReadonlyMap<string, string>) => rendered(past, missing, root)] as const]
      : []),
    ["the project's git repository", (missing) => basesFromGit(root, missing, host)],
    ...(isSame
      ? []
      : [
          [
            `create-nix-jupyter ${past.version}`,
            (missing: ReadonlyMap<string, string>) => basesFromPacked(past, missing, { host, offline }),
          ] as const,
        ]),
  ]
  for (const [source, find] of ways) {
    const missing = new Map([...wanted].filter(([file]) => !contents.has(file)))
    if (missing.size === 0) break
    const found = await find(missing)
    for (const [file, content] of found) contents.set(file, content)
    if (found.size > 0) sources.push(source)
  }
  return { contents, sources }
}

async function rendered(past: Past, wanted: ReadonlyMap<string, string>, root: string): Promise<Map<string, Buffer>> {
  try {
    const files = await renderAnswers(answersFor(past, wantedBefore(past), root))
    const isWanted = ({ path, content }: (typeof files)[number]) => wanted.get(path) === hashOf(content)
    return new Map(files.filter(isWanted).map(({ path, content }) => [path, content]))
  } catch (error) {
    // A build of this version that differs from the one that made the project cannot make it again.
    if (error instanceof Failure) return new Map()
    throw error
  }
}

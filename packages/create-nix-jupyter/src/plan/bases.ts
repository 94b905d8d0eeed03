import { Failure } from '../base/errors.js'
import { hashOf } from '../base/hash.js'
import { manifests } from '../templates/manifests.js'
import { basesFromGit } from './base-git.js'
import { basesFromPacked } from './base-packed.js'
import { originOf, pastLabel, type Search } from './origin.js'
import type { Past } from './past.js'
import { answersFor, renderAnswers, wantedBefore } from './wanted.js'

/** What files were when they were made. */
export interface Bases {
  readonly contents: ReadonlyMap<string, Buffer>
  /** Where they come from, for the report. */
  readonly sources: readonly string[]
}

type Way = readonly [source: string, find: (missing: ReadonlyMap<string, string>) => Promise<Map<string, Buffer>>]

/**
 * Finds what files were when they were made. Each way is tried for what the ones before it did not find, and nothing is believed
 * that does not have the recorded hash.
 *
 * @param wanted the recorded hash of each path
 * @throws {Failure} when the signal comes
 */
export async function findBases(
  past: Past,
  wanted: ReadonlyMap<string, string>,
  root: string,
  search: Search,
): Promise<Bases> {
  const contents = new Map<string, Buffer>()
  const sources: string[] = []
  for (const [source, find] of waysFor(past, root, search)) {
    const missing = new Map([...wanted].filter(([file]) => !contents.has(file)))
    if (missing.size === 0) break
    const found = await find(missing)
    for (const [file, content] of found) contents.set(file, content)
    if (found.size > 0) sources.push(source)
  }
  return { contents, sources }
}

function waysFor(past: Past, root: string, search: Search): readonly Way[] {
  const git: Way = ["the project's git repository", (missing) => basesFromGit(root, missing, search.host)]
  const again = (missing: ReadonlyMap<string, string>) => rendered(past, missing, root, search)
  if (!manifests.some(({ id }) => id === past.template)) return [git, [`the template ${pastLabel(past)}`, again]]
  if (past.version === PROGRAM_VERSION) return [['this version', again], git]
  return [git, [`create-nix-jupyter ${past.version}`, (missing) => basesFromPacked(past, missing, search)]]
}

async function rendered(
  past: Past,
  wanted: ReadonlyMap<string, string>,
  root: string,
  search: Search,
): Promise<Map<string, Buffer>> {
  try {
    const origin = await originOf(past, 'recorded', search)
    const files = await renderAnswers(answersFor(past, wantedBefore(past), origin.template, root), origin)
    const isWanted = ({ path, content }: (typeof files)[number]) => wanted.get(path) === hashOf(content)
    return new Map(files.filter(isWanted).map(({ path, content }) => [path, content]))
  } catch (error) {
    // A build of this version that differs from the one that made the project cannot make it again; a template may be gone.
    if (error instanceof Failure && error.kind !== 'interrupted') return new Map()
    throw error
  }
}

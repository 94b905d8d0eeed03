import { Failure } from '../base/errors.js'
import type { Host } from '../base/host.js'
import { RECORD } from '../base/own-names.js'
import { shellQuote } from '../base/shell.js'
import type { Answers } from '../questions/answers.js'
import { type Bases, findBases, type Search } from './bases.js'
import { type Change, decide, type Merge, updated } from './change.js'
import { withUnixLines } from './lines.js'
import { mergeAll } from './merge.js'
import { lookAt } from './present.js'
import type { Past } from './read-record.js'
import { answersFor, renderAnswers, type Wanted } from './wanted.js'

/** What will be done to a project, as data: nothing has been written when it exists. */
export interface ChangePlan {
  readonly root: string
  /** The project's folder as the user wrote it. */
  readonly typed: string
  readonly past: Past
  readonly answers: Answers
  /** Sorted by path, and the record last. */
  readonly changes: readonly Change[]
  /** Where what both had begun with was found. */
  readonly bases: readonly string[]
  /** Files of which that was not found. */
  readonly baseless: readonly string[]
}

/**
 * Plans a change: renders what shall be, compares it with what was recorded and with what is there, and merges.
 *
 * @throws {Failure} where this version cannot make such a project, something is in the place of a file, or lines cannot be merged
 */
export async function planChange(
  place: Pick<ChangePlan, 'root' | 'typed' | 'past'>,
  wanted: Wanted,
  search: Search,
): Promise<ChangePlan> {
  const { root, past } = place
  const { host } = search
  const answers = answersFor(past, wanted, root)
  const files = new Map((await renderAnswers(answers)).map((file) => [file.path, file]))
  const paths = [...new Set([...past.files.keys(), ...files.keys()])].filter((path) => path !== RECORD).sort()
  const decisions = paths.map((path) =>
    decide({ path, recorded: past.files.get(path), theirs: files.get(path), present: lookAt(root, path, host) }),
  )
  const found = decisions.flatMap((decision) => decision ?? [])
  const obstacles = found.flatMap((decision) => ('obstacle' in decision ? [decision.obstacle] : []))
  const record = recordChange(root, files.get(RECORD)?.content ?? Buffer.alloc(0), host)
  if ('obstacle' in record) obstacles.push(record.obstacle)
  if (obstacles.length > 0) throw inTheWay([...new Set(obstacles)], place.typed)
  const merges = found.flatMap((decision) => ('merge' in decision ? [decision.merge] : []))
  const bases = await basesOf(merges, past, root, search)
  const labels = { base: `made by ${past.version}`, theirs: `new in ${PROGRAM_VERSION}` }
  const merged = await mergeAll(merges, bases.contents, labels, host)
  const changes = [...found.flatMap((decision) => ('change' in decision ? [decision.change] : [])), ...merged]
  changes.sort((a, b) => (a.path < b.path ? -1 : 1))
  return {
    ...place,
    answers,
    changes: [...changes, ...('change' in record ? [record.change] : [])],
    bases: bases.sources,
    baseless: merges.flatMap(({ path, recorded }) => (recorded && !bases.contents.has(path) ? [path] : [])),
  }
}

async function basesOf(merges: readonly Merge[], past: Past, root: string, search: Search): Promise<Bases> {
  const recorded = new Map(merges.flatMap(({ path, recorded }) => (recorded ? [[path, recorded] as const] : [])))
  return recorded.size > 0 ? findBases(past, recorded, root, search) : { contents: new Map(), sources: [] }
}

/** The record is this program's own: it is always written new. */
function recordChange(root: string, content: Buffer, host: Host): { change: Change } | { obstacle: string } | object {
  const present = lookAt(root, RECORD, host)
  if (!present) return { change: { path: RECORD, action: 'added', after: { content, mode: 0o666 } } }
  if ('obstacle' in present) return present
  if (withUnixLines(present.file.content).equals(content)) return {}
  const after = updated(present.file, { content, executable: false })
  return { change: { path: RECORD, action: 'updated', before: present.file, after } }
}

function inTheWay(obstacles: readonly string[], typed: string): Failure {
  return new Failure('conflict', `Nothing was changed: ${obstacles.join('; ')}.`, {
    next: [`Move it out of ${shellQuote(typed)}, or put a regular file of your own there. Then run the command again.`],
  })
}

import { Failure } from '../base/errors.js'
import { hashOf } from '../base/hash.js'
import type { Host } from '../base/host.js'
import { RECORD } from '../base/own-names.js'
import { shellQuote } from '../base/shell.js'
import type { Answers } from '../questions/answers.js'
import type { Foreign } from '../templates/remote/foreign.js'
import type { ProjectFile } from '../templates/render.js'
import { type Bases, findBases } from './bases.js'
import { refuseUncarried } from './carried.js'
import {
  type Change,
  type Decision,
  decide,
  isNotebook,
  isOneOf,
  isWritten,
  type Merge,
  type Sides,
  updated,
} from './change.js'
import { unmergedFiles } from './conflicted.js'
import { refuseOtherDisks } from './disks.js'
import { refuseLeftOut } from './left-out.js'
import { withUnixLines } from './lines.js'
import { mergeAll, refuseLeftMarkers } from './merge.js'
import { originOf, pastLabel, type Search } from './origin.js'
import type { Past } from './past.js'
import { lookAt } from './present.js'
import { keepIgnores } from './still-ignored.js'
import { answersFor, isSameAsBefore, renderAnswers, type Wanted, wantedBefore } from './wanted.js'
import { refuseUnwritable } from './writable.js'

/** What will be done to a project, as data: nothing has been written when it exists. */
export interface ChangePlan {
  readonly root: string
  /** The project's directory as the user wrote it. */
  readonly typed: string
  readonly past: Past
  readonly answers: Answers
  /** What made the project, and what it is made by now: versions of this program, or states of a remote template. */
  readonly from: string
  readonly to: string
  /** The remote template in its new state. */
  readonly foreign: Foreign | undefined
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
  const { root, typed, past } = place
  const { host } = search
  const origin = await originOf(past, wanted.state, search)
  const answers = answersFor(past, wanted, origin.template, root)
  const rendered = await renderAnswers(answers, origin)
  const theirs = new Map(rendered.map((file) => [file.path, file]))
  const decisions = await decideAll(place, theirs, origin.foreign === undefined, host)
  const changes = keepIgnores(
    root,
    decisions.flatMap((decision) => ('change' in decision ? [decision.change] : [])),
  )
  const merges = decisions.flatMap((decision) => ('merge' in decision ? [decision.merge] : []))
  if (!isSameAsBefore(wanted, past)) {
    const before = await renderedBefore(past, answers, origin)
    await refuseUncarried({ root, typed, before, after: rendered, isLess: isLess(wanted, past) }, changes, host)
  }
  const record = recordChange(root, theirs.get(RECORD)?.content ?? Buffer.alloc(0), host)
  const written = [...changes.filter(isWritten), ...merges, ...record].map((change) => change.path)
  refuseUnwritable(root, written, typed)
  refuseOtherDisks(root, written, typed)
  const bases = await basesOf(merges, past, root, search)
  const [from, to] = [pastLabel(past), origin.label]
  const labels = { base: `made by ${from}`, theirs: `new in ${to}` }
  changes.push(...(await mergeAll(merges, bases.contents, labels, host)))
  changes.sort((a, b) => (a.path < b.path ? -1 : 1))
  return {
    ...place,
    answers,
    from,
    to,
    foreign: origin.foreign,
    changes: [...changes, ...record],
    bases: bases.sources,
    baseless: merges.flatMap(({ path, recorded }) =>
      recorded && !isNotebook(path) && !bases.contents.has(path) ? [path] : [],
    ),
  }
}

/** The rule of each file, where each is a plain file or can become one. */
async function decideAll(
  { root, typed, past }: Pick<ChangePlan, 'root' | 'typed' | 'past'>,
  theirs: ReadonlyMap<string, ProjectFile>,
  isOurs: boolean,
  host: Host,
): Promise<NonNullable<Decision>[]> {
  const unmerged = past.clashes && (await unmergedFiles(root, host))
  const isAsMade = (path: string, recorded: readonly string[]) => {
    const sides = unmerged?.get(path)
    return sides !== undefined && [sides.ours, sides.theirs].every((text) => isOneOf(recorded, Buffer.from(text)))
  }
  const paths = [...new Set([...past.files.keys(), ...theirs.keys()])].filter((path) => path !== RECORD).sort()
  const sides = paths.map((path) => {
    const recorded = past.files.get(path) ?? []
    const wasExecutable = recorded.length > 0 ? past.executables?.includes(path) : undefined
    const present = lookAt(root, path, host)
    const isMachinery = isOurs && path.startsWith('nix/')
    return {
      path,
      recorded,
      wasExecutable,
      theirs: theirs.get(path),
      present,
      isAsMade: isAsMade(path, recorded),
      isMachinery,
    }
  })
  const isAffected = ({ recorded, theirs, isMachinery }: Sides) =>
    recorded.length > 0 && (isMachinery || !theirs || !recorded.includes(hashOf(theirs.content)))
  const missing = sides.filter((side) => !side.present && isAffected(side)).map(({ path }) => path)
  await refuseLeftOut({ root, typed }, missing, host)
  refuseLeftMarkers(sides)
  const decisions = sides.flatMap((side) => decide(side) ?? [])
  const obstacles = decisions.flatMap((decision) => ('obstacle' in decision ? [decision.obstacle] : []))
  const record = lookAt(root, RECORD, host)
  if (record && 'obstacle' in record) obstacles.push(record.obstacle)
  if (obstacles.length > 0) throw refusalOf([...new Set(obstacles)], typed)
  return decisions
}

/** What the same template makes of the answers before; nothing where it no longer can. */
async function renderedBefore(
  past: Past,
  { template, target }: Answers,
  origin: Parameters<typeof renderAnswers>[1],
): Promise<ProjectFile[]> {
  try {
    return await renderAnswers(answersFor(past, wantedBefore(past), template, target.root), origin)
  } catch (error) {
    if (error instanceof Failure) return []
    throw error
  }
}

function isLess(wanted: Wanted, past: Past): boolean {
  const isPart = (some: readonly string[], all: readonly string[] = []) => some.every((one) => all.includes(one))
  return (
    wanted.python === past.python && isPart(wanted.features, past.features) && isPart(wanted.packages, past.packages)
  )
}

async function basesOf(merges: readonly Merge[], past: Past, root: string, search: Search): Promise<Bases> {
  const recorded = new Map(merges.flatMap(({ path, recorded }) => (recorded ? [[path, recorded] as const] : [])))
  return recorded.size > 0 ? findBases(past, recorded, root, search) : { contents: new Map(), sources: [] }
}

/** The record is this program's own: it is always written new. */
function recordChange(root: string, content: Buffer, host: Host): Change[] {
  const present = lookAt(root, RECORD, host)
  const before = present && 'file' in present ? present.file : undefined
  if (!before) return [{ path: RECORD, action: 'added', after: { content, mode: 0o666 } }]
  if (withUnixLines(before.content).equals(content)) return []
  return [{ path: RECORD, action: 'updated', before, after: updated(before, { content, executable: false }, false) }]
}

function refusalOf(obstacles: readonly string[], typed: string): Failure {
  return new Failure('conflict', `Nothing was changed: ${obstacles.join('; ')}.`, {
    next: [
      `Next: move it out of ${shellQuote(typed)}, or replace it with a file or directory of your own. Then run the command again.`,
    ],
  })
}

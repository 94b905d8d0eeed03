import type { Clash, Past } from './past.js'
import { isNewer } from './versions.js'

/** The two sides of a record that git could not merge, and what both had begun with, where that is known. */
export interface RecordSides {
  readonly ours: Past
  readonly theirs: Past
  readonly base: Past | undefined
}

/** What a project is in which two branches of git were merged: what either side has added, without what either has removed. */
export function unite({ ours, theirs, base }: RecordSides): Past {
  const clashes: Clash[] = []
  const pick = <Key extends Clash['answer']>(answer: Key): Past[Key] => {
    if (ours[answer] === theirs[answer] || theirs[answer] === base?.[answer]) return ours[answer]
    if (ours[answer] !== base?.[answer]) clashes.push({ answer, values: [`${ours[answer]}`, `${theirs[answer]}`] })
    return theirs[answer]
  }
  const features = union(ours.features ?? [], theirs.features ?? [], base?.features)
  return {
    version: isNewer(theirs.version, ours.version) ? theirs.version : ours.version,
    template: pick('template'),
    ref: ours.ref,
    name: pick('name'),
    python: pick('python'),
    git: pick('git'),
    packages: union(ours.packages, theirs.packages, base?.packages),
    features: ours.features || theirs.features ? features : undefined,
    files: bothFiles(ours.files, theirs.files),
    // Git has merged the permissions, too.
    executables: undefined,
    clashes,
  }
}

function union(ours: readonly string[], theirs: readonly string[], base: readonly string[] = []): string[] {
  const all = [...new Set([...ours, ...theirs])].sort()
  return all.filter((one) => (ours.includes(one) && theirs.includes(one)) || !base.includes(one))
}

function bothFiles(ours: Past['files'], theirs: Past['files']): Map<string, string[]> {
  const paths = new Set([...ours.keys(), ...theirs.keys()])
  return new Map(
    [...paths].map((file) => [file, [...new Set([...(ours.get(file) ?? []), ...(theirs.get(file) ?? [])])]]),
  )
}

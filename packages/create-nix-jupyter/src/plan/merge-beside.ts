// What git takes for a conflict, and is none: one side has changed lines, and the other lines beside them. It knows only where lines
// stand, and here each of them counts alone.

/** Files whose lines count alone; in flake.nix not all do. */
const LINES = /^(flake\.nix|\.git(attributes|ignore))$/

const CONFLICT = /^<{7} yours\n(.*?)^\|{7} [^\n]*\n(.*?)^={7}\n(.*?)^>{7} [^\n]*\n/gms

/** Settings of flake.nix, each on one line, empty lines and comments. */
const SETTINGS = /^( *([\w.-]+ = .*;|#.*)?\n)*$/

/**
 * Settles conflicts in a merge of git's in which neither side has changed what the other one has.
 *
 * @param endsLine whether the user's last line has an end
 * @returns the text, in which others are left
 */
export function mergeBeside(file: string, merged: string, endsLine: boolean): string {
  if (!LINES.test(file)) return merged
  const settled = merged.replace(CONFLICT, (conflict: string, ours: string, base: string, theirs: string) =>
    file === 'flake.nix' && !areApart(ours, base, theirs) ? conflict : (beside(ours, base, theirs) ?? conflict),
  )
  // Git ends a conflict with a line of its own.
  return settled !== merged && !endsLine ? settled.replace(/\n$/, '') : settled
}

/** Whether all lines are settings, and no setting is new on both sides. */
function areApart(ours: string, base: string, theirs: string): boolean {
  const known = base.split('\n')
  // By the beginning of their names: `services.server`.
  const fresh = (side: string) =>
    side
      .split('\n')
      .filter((line) => / = /.test(line) && !known.includes(line))
      .map((line) => line.trim().split(/[. ]/, 2).join())
  const names = fresh(theirs)
  return SETTINGS.test(ours + base + theirs) && !fresh(ours).some((name) => names.includes(name))
}

/** Both changes, where there is a line of the base before which there is one, and behind it the other. */
function beside(ours: string, base: string, theirs: string): string | undefined {
  const lines = base.split(/(?<=\n)/)
  for (let at = 0; at <= lines.length; at++) {
    const [before, behind] = [lines.slice(0, at).join(''), lines.slice(at).join('')]
    // The user's own comes last where both are new: in .gitattributes, that one counts.
    for (const [first = '', last = ''] of [
      [theirs, ours],
      [ours, theirs],
    ])
      if (last.startsWith(before) && `\n${first}`.endsWith(`\n${behind}`))
        return first.slice(0, first.length - behind.length) + last.slice(before.length)
  }
  return undefined
}

/** Words that are, or will be, commands of this program. */
const COMMANDS = [
  'add',
  'completions',
  'create',
  'doctor',
  'help',
  'init',
  'list',
  'remove',
  'schema',
  'set',
  'upgrade',
]

/** Names that Windows, and so a disk shared with WSL2, keeps for devices; and what tools treat in their own way. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)|^node_modules$/i

const MAX_NAME_LENGTH = 100

/**
 * Why a new directory may not have this name, or undefined.
 * Old versions of Nix (2.8 is the oldest supported) open no flake under a path with spaces or letters outside ASCII.
 */
export function whyNotNewName(name: string, bare: boolean): string | undefined {
  if (name.startsWith('-')) return 'programs would read a name with a leading dash as an option'
  if (name.startsWith('.')) return 'a leading dot hides the directory, and JupyterLab does not open hidden directories'
  if (name.length > MAX_NAME_LENGTH) return `the name has ${name.length} characters; the maximum is ${MAX_NAME_LENGTH}`
  const odd = /[^A-Za-z0-9._-]/u.exec(name)?.[0]
  if (odd === ' ') return 'Nix cannot open a project in a directory with spaces'
  if (odd) return `Nix or a shell may fail on "${odd}"; use the letters a-z, digits, "-", "_" and "."`
  if (name.endsWith('.')) return 'some disks drop a dot at the end'
  if (RESERVED.test(name)) return 'systems and tools reserve this name'
  if (bare && COMMANDS.includes(name)) return `it is a command of this program; ./${name} works`
  return undefined
}

/** Characters that break a project anywhere on its path, with what they break. */
const BREAKING: Record<string, string> = {
  '#': 'Nix',
  '?': 'Nix',
  '%': 'Nix',
  ':': 'PATH',
  '"': 'scripts',
  '\\': 'scripts',
  $: 'scripts',
  '`': 'scripts',
}

/** Why no project can work at this place, or undefined; `parts` are the directories from the root down. */
export function whyNotOnPath(parts: readonly string[]): { message: string; next: string } | undefined {
  for (const part of parts) {
    if (part === '.git')
      return { message: 'A project cannot be inside a .git directory.', next: 'Next: choose another path.' }
    const next = 'Next: choose a path without it, or rename that directory.'
    if (/\p{Cc}/u.test(part)) return { message: 'The path of the project contains a control character.', next }
    const bad = [...part].find((character) => Object.hasOwn(BREAKING, character))
    if (bad)
      return { message: `The directory "${part}" has a "${bad}" in its name, which breaks ${BREAKING[bad]}.`, next }
  }
  return undefined
}

const LETTERS: Record<string, string> = { ß: 'ss', æ: 'ae', ø: 'o', œ: 'oe', ł: 'l', đ: 'd', þ: 'th', ð: 'd' }

/**
 * A name that Python, npm and every file system take: lower case a-z, 0-9 and single dashes.
 * It never equals a package in `taken`, because a project of that name could not depend on it.
 */
export function slugOf(name: string, taken: readonly string[]): string {
  const slug = name
    .toLowerCase()
    .replace(/[ßæøœłđþð]/g, (letter) => LETTERS[letter] ?? '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-+|-+$/g, '')
  if (!slug) return 'my-lab'
  return taken.includes(slug) ? `${slug}-lab` : slug
}

/** The name in a requirement by which Python's packaging compares (PEP 503): lower case, runs of `-`, `_` and `.` as one dash. */
export function keyOf(requirement: string): string {
  const name = /^[A-Za-z0-9._-]+/.exec(requirement)?.[0] ?? requirement
  return name.toLowerCase().replace(/[-_.]+/g, '-')
}

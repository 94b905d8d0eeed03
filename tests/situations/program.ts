import type { Answer, Start } from '../support/launch.ts'
import type { ArchiveEntry } from '../support/tar.ts'

/** A program that makes projects, and how its own words say the same thing as those of others. */
export type Program = {
  name: string
  version: string
  /** run by Node */
  bin: string
  /** milliseconds after which a run counts as one that hangs */
  limit: number
  /** a project without a question */
  make: (name: string) => string[]
  /** a project that differs from it */
  other: (name: string) => string[]
  /** the project of somebody who answers nothing */
  defaults: (name: string) => string[]
  /** nothing but these words */
  bare: (...words: string[]) => string[]
  /** asks for a template that does not exist, or for what comes next to it */
  unknown?: string[]
  /** going on in a directory with files: beside them, or in their place */
  merge?: Way
  replace?: Way
  download?: Download
  /** to what is asked all the same */
  answers?: Answer[]
  /** the home directory of somebody who has used it before */
  prepare?: (home: string) => void
}

/** How a program is told to go on in a directory with files; `chosen` is what is answered in a terminal. */
export type Way = { label: string; words: string[]; chosen?: string; how?: Partial<Start> }

/** How a program downloads a template. */
export type Download = {
  words: (name: string) => string[]
  /** the same from its cache */
  offline?: (name: string) => string[]
  /** asks for a directory that the repository does not have */
  missing: (name: string) => string[]
  /** of the template's files in the archive; without it, there is no archive */
  prefix?: string
  /** whether git fetches them */
  git?: boolean
  entries: ArchiveEntry[]
}

const BULK = Array.from({ length: 400 }, (_, line) => `line ${line} ${Math.sin(line)}`).join('\n')

/** The files of a small template, in a directory of the archive. */
export function templateAt(prefix: string): ArchiveEntry[] {
  return [
    { path: `${prefix}package.json`, content: '{ "private": true }\n' },
    { path: `${prefix}README.md`, content: '# A template\n' },
    { path: `${prefix}flake.nix`, content: '{ outputs = _: { }; }\n' },
    { path: `${prefix}src/bulk.txt`, content: `${BULK}\n` },
  ]
}

const minimal = (name: string) => [name, '--template', 'minimal', '--yes', '--no-git']
const fetched = (name: string, template = 'ada/wine') => [name, '-t', template, '--yes', '--trust', '--no-git']

/** Ours. */
export const OURS: Omit<Program, 'name' | 'version' | 'bin' | 'limit'> = {
  make: minimal,
  other: (name) => [name, '--template', 'uv', '--yes', '--no-git'],
  defaults: (name) => [name, '--yes'],
  bare: (...words) => words,
  unknown: ['app', '--template', 'no-such', '--yes', '--no-git'],
  merge: { label: '`--on-conflict keep`', words: [...minimal('app'), '--on-conflict', 'keep'] },
  replace: { label: '`--on-conflict backup`', words: [...minimal('app'), '--on-conflict', 'backup'] },
  download: {
    words: (name) => fetched(name),
    offline: (name) => [...fetched(name), '--offline'],
    missing: (name) => fetched(name, 'ada/wine/no-such'),
    git: true,
    prefix: '',
    entries: templateAt(''),
  },
}

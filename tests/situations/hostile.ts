import { existsSync, lstatSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ArchiveEntry } from '../support/tar.ts'
import { type Cell, NONE } from './cell.ts'
import { answerWith } from './downloads.ts'
import { fetching } from './network.ts'
import type { Program } from './program.ts'
import type { Scene } from './scene.ts'
import type { Situation, Theme } from './situation.ts'

/** Something in an archive that no template needs, and how it is seen that it was let in. */
export type Trap = Pick<Situation, 'id' | 'title' | 'ours'> & {
  entry: (prefix: string, scene: Scene) => ArchiveEntry
  sprung: (scene: Scene) => boolean
}

const SECRET = 'a secret of this machine'
/** A playground is no archive, but its files have paths too. */
const OUT_OF_PLAYGROUND = '../../../../trap'
const secretOf = ({ root }: Scene) => join(root, 'secret')
const inProject = ({ here }: Scene, path: string) => join(here, 'app', path)

const TRAPS: Trap[] = [
  {
    id: 'symlink',
    title: 'a symbolic link to a file of this machine',
    ours: '1, nothing',
    entry: (prefix, scene) => ({ path: `${prefix}trap`, type: '2', link: secretOf(scene) }),
    sprung: (scene) => lstatSync(inProject(scene, 'trap'), { throwIfNoEntry: false })?.isSymbolicLink() === true,
  },
  {
    id: 'hard-link',
    title: 'a hard link to a file of this machine',
    ours: 'git has none',
    entry: (prefix, scene) => ({ path: `${prefix}trap`, type: '1', link: secretOf(scene) }),
    sprung: (scene) => statSync(secretOf(scene)).nlink > 1,
  },
  {
    id: 'dot-dot',
    title: 'a path that leaves the directory by `..`',
    ours: '1, nothing',
    entry: (prefix) => ({ path: `${prefix}../../${'../'.repeat(prefix.split('/').length - 1)}trap`, content: 'x' }),
    sprung: ({ root, box, here }) =>
      [root, box, here].some((directory) => readdirSync(directory).some((name) => name.startsWith('trap'))),
  },
  {
    id: 'set-uid',
    title: 'a program with the set-user-id bit',
    // git knows no such bit: what it gives is an ordinary program.
    ours: '0, whole, left out',
    entry: (prefix) => ({ path: `${prefix}trap`, content: 'x', mode: 0o4755 }),
    sprung: (scene) => ((statSync(inProject(scene, 'trap'), { throwIfNoEntry: false })?.mode ?? 0) & 0o4000) !== 0,
  },
  {
    id: 'git-hook',
    title: 'a hook in `.git`',
    ours: '1, nothing',
    entry: (prefix) => ({ path: `${prefix}.git/hooks/post-checkout`, content: '#!/bin/sh\n', mode: 0o755 }),
    sprung: (scene) => existsSync(inProject(scene, '.git/hooks/post-checkout')),
  },
]

export const hostile: Theme = {
  id: 'hostile',
  title: 'The template is hostile',
  intro: `The same downloads with one bad thing in the archive, or in the commit. *Let in* says that it lies on the disk afterwards: the link is a
link, the file is outside the project, the bit is set, the hook is there. *Left out* says that the rest was made without it.`,
  situations: TRAPS.map((trap) => ({
    id: trap.id,
    title: trap.title,
    ours: trap.ours,
    needsRoot: true,
    atOnce: 4,
    run: (program: Program) => lay(program, trap),
  })),
}

async function lay(program: Program, { id, entry, sprung }: Trap): Promise<Cell> {
  const { download } = program
  if (!download) return NONE
  const { prefix, git } = download
  if (prefix === undefined && id !== 'dot-dot') return { text: 'downloads no archive' }
  if (git && id === 'hard-link') return { text: 'git has none' }
  let isIn = false
  let answer = answerWith(download)
  const cell = await fetching(program, download, {
    answer: (request, response) => answer(request, response),
    prepare(scene) {
      writeFileSync(secretOf(scene), SECRET)
      const bad = entry(prefix ?? '', scene)
      const entries = [...download.entries, prefix === undefined ? { ...bad, path: OUT_OF_PLAYGROUND } : bad]
      answer = answerWith({ ...download, entries })
    },
    notes(ended, scene) {
      isIn = sprung(scene)
      return isIn ? ['let in'] : ended.code === 0 ? ['left out'] : []
    },
  })
  return { ...cell, letIn: isIn }
}

import { existsSync, lstatSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { NONE } from './cell.mjs'
import { answerWith, DOWNLOADS } from './downloads.mjs'
import { fetching } from './network.mjs'

/**
 * @typedef {import('./attempt.mjs').Program} Program
 * @typedef {import('./tar.mjs').ArchiveEntry} ArchiveEntry
 * @typedef {import('./scene.mjs').Scene} Scene
 *
 * Something in an archive that no template needs, and how it is seen that it was let in.
 * @typedef {object} Trap
 * @property {string} id
 * @property {string} title
 * @property {(prefix: string, scene: Scene) => ArchiveEntry} entry
 * @property {(scene: Scene) => boolean} sprung
 */

const SECRET = 'a secret of this machine'
/** A playground is no archive, but its files have paths too. */
const OUT_OF_PLAYGROUND = '../../../../trap'
/** @param {Scene} scene */
const secretOf = ({ root }) => join(root, 'secret')
/** @param {Scene} scene @param {string} path */
const inProject = ({ here }, path) => join(here, 'app', path)

/** @type {Trap[]} */
const TRAPS = [
  {
    id: 'symlink',
    title: 'a symbolic link to a file of this machine',
    entry: (prefix, scene) => ({ path: `${prefix}trap`, type: '2', link: secretOf(scene) }),
    sprung: (scene) => lstatSync(inProject(scene, 'trap'), { throwIfNoEntry: false })?.isSymbolicLink() === true,
  },
  {
    id: 'hard-link',
    title: 'a hard link to a file of this machine',
    entry: (prefix, scene) => ({ path: `${prefix}trap`, type: '1', link: secretOf(scene) }),
    sprung: (scene) => statSync(secretOf(scene)).nlink > 1,
  },
  {
    id: 'dot-dot',
    title: 'a path that leaves the folder by `..`',
    entry: (prefix) => ({ path: `${prefix}../../${'../'.repeat(prefix.split('/').length - 1)}trap`, content: 'x' }),
    sprung: ({ root, box, here }) =>
      [root, box, here].some((folder) => readdirSync(folder).some((name) => name.startsWith('trap'))),
  },
  {
    id: 'set-uid',
    title: 'a program with the set-user-id bit',
    entry: (prefix) => ({ path: `${prefix}trap`, content: 'x', mode: 0o4755 }),
    sprung: (scene) => ((statSync(inProject(scene, 'trap'), { throwIfNoEntry: false })?.mode ?? 0) & 0o4000) !== 0,
  },
  {
    id: 'git-hook',
    title: 'a hook in `.git`',
    entry: (prefix) => ({ path: `${prefix}.git/hooks/post-checkout`, content: '#!/bin/sh\n', mode: 0o755 }),
    sprung: (scene) => existsSync(inProject(scene, '.git/hooks/post-checkout')),
  },
]

/** @type {import('./attempt.mjs').Theme} */
export const hostile = {
  id: 'hostile',
  title: 'The template is hostile',
  intro: `The same downloads with one bad thing in the archive, or in the commit. *Let in* says that it lies on the disk afterwards: the link is a
link, the file is outside the project, the bit is set, the hook is there. *Left out* says that the rest was made without it.`,
  situations: TRAPS.map((trap) => ({
    id: trap.id,
    title: trap.title,
    needsRoot: true,
    atOnce: 4,
    run: (/** @type {Program} */ program) => lay(program, trap),
  })),
}

/** @param {Program} program @param {Trap} trap @returns {Promise<import('./cell.mjs').Cell>} */
async function lay(program, { id, entry, sprung }) {
  const download = DOWNLOADS[program.name]
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

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attempt } from './attempt.mjs'
import { referenceOf } from './reference.mjs'
import { NOBODY } from './scene.mjs'

/** @typedef {import('./attempt.mjs').Program} Program */

const PAGE = 4096

/** A disk that ends after this part of an ordinary project. @param {number} part */
function fullAfter(part) {
  return {
    id: `full-${part * 100}`,
    title: part === 0 ? 'full before the first file' : `full after ${part * 100} % of the project`,
    needsRoot: true,
    run: async (/** @type {Program} */ program) => {
      const { files } = await referenceOf(program)
      const pages = [...files.values()].reduce((sum, { size }) => sum + Math.ceil(size / PAGE), 0)
      return attempt(program, {
        prepare(scene) {
          // One page holds a file of somebody else, so that a disk of no free page is a disk too.
          scene.mountSmallDisk(scene.here, `size=${(1 + Math.floor(pages * part)) * PAGE}`)
          writeFileSync(join(scene.here, 'other'), 'x')
        },
      })
    },
  }
}

/** @type {import('./attempt.mjs').Theme} */
export const disk = {
  id: 'disk',
  title: 'The disk does not take the project',
  intro: `A full disk is a tmpfs of its own. *After 50 %* says that half of the blocks of an ordinary project fit on it.
*No room for names* is a disk with free blocks that takes half of the project's files and folders.`,
  situations: [
    ...[0, 0.25, 0.5, 0.75, 0.95].map(fullAfter),
    {
      id: 'full-names',
      title: 'no room for names after half of the files',
      needsRoot: true,
      run: async (program) => {
        const { files } = await referenceOf(program)
        return attempt(program, {
          prepare: (scene) => scene.mountSmallDisk(scene.here, `size=64m,nr_inodes=${2 + Math.floor(files.size / 2)}`),
        })
      },
    },
    {
      id: 'read-only',
      title: 'a folder on a read-only disk',
      needsRoot: true,
      run: (program) => attempt(program, { prepare: (scene) => scene.mountReadOnly(scene.here) }),
    },
    {
      id: 'read-only-empty',
      title: 'an empty target on a read-only disk',
      needsRoot: true,
      run: (program) =>
        attempt(program, {
          prepare(scene) {
            mkdirSync(join(scene.here, 'app'))
            scene.mountReadOnly(scene.here)
          },
        }),
    },
    {
      id: 'not-permitted',
      title: 'a folder of another user',
      needsRoot: true,
      run: (program) => attempt(program, { prepare: (scene) => scene.giveHomeTo(NOBODY), how: { user: NOBODY } }),
    },
    {
      id: 'not-permitted-empty',
      title: 'an empty target of another user',
      needsRoot: true,
      run: (program) =>
        attempt(program, {
          prepare(scene) {
            mkdirSync(join(scene.here, 'app'))
            scene.giveHomeTo(NOBODY)
          },
          how: { user: NOBODY },
        }),
    },
    {
      id: 'gone',
      title: 'the current folder was deleted',
      run: (program) =>
        attempt(program, { wrap: (command) => ['sh', '-c', 'rmdir "$PWD"; exec "$0" "$@"', ...command] }),
    },
  ],
}

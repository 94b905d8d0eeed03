import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Program } from './program.ts'
import { referenceOf } from './reference.ts'
import { NOBODY } from './scene.ts'
import { attempt, type Theme } from './situation.ts'

const PAGE = 4096

/** A disk that ends after this part of an ordinary project. */
function fullAfter(part: number) {
  return {
    id: `full-${part * 100}`,
    ours: '1, nothing',
    title: part === 0 ? 'full before the first file' : `full after ${part * 100} % of the project`,
    needsRoot: true,
    run: async (program: Program) => {
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

export const disk: Theme = {
  id: 'disk',
  title: 'The disk does not take the project',
  intro: `A full disk is a tmpfs of its own. *After 50 %* says that half of the blocks of an ordinary project fit on it.
*No room for names* is a disk with free blocks that takes half of the project's files and directories.`,
  situations: [
    ...[0, 0.25, 0.5, 0.75, 0.95].map(fullAfter),
    {
      id: 'full-names',
      ours: '1, nothing',
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
      ours: '1, nothing',
      title: 'a directory on a read-only disk',
      needsRoot: true,
      run: (program) => attempt(program, { prepare: (scene) => scene.mountReadOnly(scene.here) }),
    },
    {
      id: 'read-only-empty',
      ours: '1, nothing',
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
      ours: '1, nothing',
      title: 'a directory of another user',
      needsRoot: true,
      run: (program) => attempt(program, { prepare: (scene) => scene.giveHomeTo(NOBODY), how: { user: NOBODY } }),
    },
    {
      id: 'not-permitted-empty',
      ours: '1, nothing',
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
      ours: '1, nothing',
      title: 'the current directory was deleted',
      run: (program) =>
        attempt(program, { wrap: (command) => ['sh', '-c', 'rmdir "$PWD"; exec "$0" "$@"', ...command] }),
    },
  ],
}

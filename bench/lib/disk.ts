import { execFileSync, spawnSync } from 'node:child_process'
import { rmSync, truncateSync, writeFileSync } from 'node:fs'

const SIZE = 2 * 1024 ** 3

/**
 * Put an empty disk at a directory: an ext4 with a journal, as most Linux machines have it, in a file that holds only
 * what is written to it. The disk of a virtual machine may have none, and ext4 then looks at everything that was
 * deleted lately before it makes a file (`recently_deleted` in fs/ext4/ialloc.c of Linux): what others tidied up
 * would be measured.
 * @param directory an empty one
 * @returns takes it away again; undefined where no disk can be made, which needs root on Linux
 */
export function mountDisk(directory: string): (() => void) | undefined {
  const image = `${directory}.ext4`
  const end = () => {
    spawnSync('umount', [directory], { stdio: 'ignore' })
    rmSync(image, { force: true })
  }
  try {
    writeFileSync(image, '')
    truncateSync(image, SIZE)
    execFileSync('mkfs.ext4', ['-q', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image], { stdio: 'ignore' })
    execFileSync('mount', ['-o', 'loop', image, directory], { stdio: 'ignore' })
    return end
  } catch {
    end()
    return undefined
  }
}

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Install what package-lock.json asks for, unless that very lock has been installed already. Ends the process with exit
 * code 1 where that fails.
 * @param {string} root directory of the repository
 */
export function installDependencies(root) {
  const stamp = join(root, 'node_modules/.installed-lock')
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return

  console.error('Installing what the program is built with …')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const { status, stdout, stderr } = spawnSync(npm, ['ci', '--loglevel=error'], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status !== 0) {
    console.error(`${stdout}\n${stderr}\nThe installation failed; the lines above say why.\n  Next: npm ci`)
    process.exit(1)
  }
  writeFileSync(stamp, wanted)
}

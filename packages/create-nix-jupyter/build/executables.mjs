import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'

// turbo's hashes do not know the executable bit (git's hash of a file has none either). This list does, and is one of its
// inputs: whoever changes a bit changes the list, and so no test comes out of the cache that should run.
const LIST = 'executables.json'

/**
 * Refuses to build while the list of executable files is not what the disk says; it is then written. A directory of
 * templates without a list has none.
 *
 * @param {string} templates
 */
export function checkExecutables(templates) {
  const list = path.join(templates, LIST)
  if (!existsSync(list) || process.platform === 'win32') return
  const text = `${JSON.stringify(executablesIn(templates), null, 2)}\n`
  if (readFileSync(list, 'utf8') === text) return
  writeFileSync(list, text)
  throw new Error(`${list} was not up to date; it has been written.\n  Next: the same command again`)
}

/** @param {string} templates */
function executablesIn(templates) {
  const passed = new Set(['node_modules', '.turbo', '.reports', '__pycache__', '.ruff_cache', '.venv'])
  return readdirSync(templates, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => (statSync(file).mode & 0o100) !== 0)
    .map((file) => path.relative(templates, file).split(path.sep).join('/'))
    .filter((file) => !file.split('/').some((part) => passed.has(part)))
    .sort()
}

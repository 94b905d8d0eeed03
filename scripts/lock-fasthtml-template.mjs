// Makes templates/fasthtml/requirements.txt.addresses: where the wheels for Linux are, which the build writes behind the template's
// requirements.txt as `lab lock` does (templates/shared/nix/lab/packages/addresses.py). Addresses are not committed, so they are looked up
// here: the same every time, because each belongs to a hash. Without uv the template is built without them, and its image asks
// for `lab lock`; `--required` (a release) refuses.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findUv, INDEX } from './lock-tools.mjs'

const HEADING = '# For `nix build .#image`: where the wheels for Linux are.'

const template = join(dirname(fileURLToPath(import.meta.url)), '../templates/fasthtml')
const output = join(template, 'requirements.txt.addresses')
const lock = readFileSync(join(template, 'requirements.txt'), 'utf8')
if (lock.includes(HEADING))
  throw new Error('templates/fasthtml/requirements.txt holds addresses. Delete the lines at its end.')
const mark = `# Of the lock ${createHash('sha256').update(lock).digest('hex')}\n`

if (existsSync(output) && readFileSync(output, 'utf8').startsWith(mark)) process.exit(0)

try {
  writeFileSync(output, `${mark}${HEADING}\n${addresses().join('')}`)
} catch (error) {
  rmSync(output, { force: true })
  console.error(`The template fasthtml is built without addresses, and its image needs \`lab lock\`. ${error.message}`)
  process.exit(process.argv.includes('--required') ? 1 : 0)
}

/** The lines for the wheels that the lock has a hash of. */
function addresses() {
  const directory = mkdtempSync(join(tmpdir(), 'fasthtml-lock-'))
  try {
    const found = join(directory, 'pylock.toml')
    const args = [
      'pip',
      'compile',
      'requirements.txt',
      '--quiet',
      '--no-deps',
      '--universal',
      '--python-version',
      '3.12',
    ]
    const format = ['--format', 'pylock.toml', '--output-file', found, '--default-index', INDEX]
    execFileSync(findUv(), [...args, ...format], { cwd: template, stdio: ['ignore', 'ignore', 'pipe'] })
    const wheels = readFileSync(found, 'utf8').matchAll(/url = "([^"]+\.whl)".*?sha256 = "([0-9a-f]{64})"/g)
    const lines = [...wheels]
      .filter(
        ([, url = '', sha256 = '']) => lock.includes(sha256) && /-(any|\S*linux\S*_(x86_64|aarch64))\.whl$/.test(url),
      )
      .map(([, url, sha256]) => `# wheel ${url}#sha256=${sha256}\n`)
    const foreign = lines.find((line) => !line.startsWith('# wheel https://files.pythonhosted.org/'))
    if (foreign) throw new Error(`An index names ${foreign.trim()}`)
    return lines
  } finally {
    rmSync(directory, { recursive: true })
  }
}

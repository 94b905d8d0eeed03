// Makes templates/uv/uv.lock.ejs. A uv.lock cannot be without the addresses of its files, so it is not committed but made
// here, the same every time: from pyproject.toml as it stood on the day in `config.exclude-newer` of the template's
// package.json. Without uv or a Python for it the template is built without a lock; `--required` (a release) refuses.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ejs from 'ejs'
import { findPython, findUv, INDEX } from './lock-tools.mjs'

const SLUG = 'project-of-the-uv-template'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const template = join(root, 'templates/uv')
const output = join(template, 'uv.lock.ejs')

const pyproject = readFileSync(join(template, 'pyproject.toml.ejs'), 'utf8')
const day = JSON.parse(readFileSync(join(template, 'package.json'), 'utf8')).config['exclude-newer']
const self = readFileSync(fileURLToPath(import.meta.url), 'utf8')
const mark = `<%# ${createHash('sha256').update(`${pyproject}\n${day}\n${self}`).digest('hex')} -%>\n`

if (existsSync(output) && readFileSync(output, 'utf8').startsWith(mark)) process.exit(0)

try {
  writeFileSync(output, mark + forEveryName(slim(resolve())))
} catch (error) {
  rmSync(output, { force: true })
  console.error(`The template uv is built without uv.lock; the first ./start will make it. ${error.message}`)
  process.exit(process.argv.includes('--required') ? 1 : 0)
}

/** What uv finds for the template's pyproject.toml, before that day. */
function resolve() {
  const uv = findUv()
  const python = findPython()
  const directory = mkdtempSync(join(tmpdir(), 'uv-lock-'))
  try {
    const values = { slug: SLUG, packages: [], name: SLUG, python: '3.13' }
    const options = { strict: true, localsName: 'it', _with: false }
    writeFileSync(join(directory, 'pyproject.toml'), ejs.render(pyproject, values, options))
    const args = [
      'lock',
      '--quiet',
      '--exclude-newer',
      day,
      '--default-index',
      INDEX,
      ...(python ? ['--python', python] : []),
    ]
    execFileSync(uv, args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] })
    return readFileSync(join(directory, 'uv.lock'), 'utf8')
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/**
 * Leaves out what no project can use, two thirds of it: sources, sizes, dates, and wheels for other systems and Pythons.
 * uv takes what is left for a whole lock (`uv lock --check`), and the tests prove it.
 * @param {string} lock
 */
function slim(lock) {
  const unused = /musllinux|cp31\dt-|-pp3|ios_|emscripten|android|cp31[5-9]|graalpy/
  return lock
    .split('\n')
    .filter((line) => !(line.includes('.whl"') && unused.test(line)))
    .join('\n')
    .replace(/\n\[options\]\n(?:[^[\n].*\n)*/, '')
    .replace(/\nsdist = .*(?=\nwheels = \[)/g, '')
    .replace(/, upload-time = "[^"]*"/g, '')
    .replace(/, size = \d+/g, '')
}

/** @param {string} lock */
function forEveryName(lock) {
  const foreign = [...lock.matchAll(/registry = "([^"]*)"/g)].find(([, address]) => address !== INDEX)
  if (foreign) throw new Error(`The lock names ${foreign[1]}.`)
  if (lock.includes('<%')) throw new Error('The lock holds the marks of EJS.')
  return lock.replaceAll(SLUG, '<%- it.slug %>')
}

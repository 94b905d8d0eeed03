// `npm run new-template NAME` makes templates/NAME: a copy of minimal that builds and passes its tests at once.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const TEMPLATES = join(ROOT, 'templates')
const MODEL = 'minimal'

/** What tools leave behind in a template's directory. */
const LITTER = new Set(['node_modules', '.turbo', '.reports', '.ruff_cache', '__pycache__', '.ipynb_checkpoints'])

const [name, ...more] = process.argv.slice(2)
if (!name || more.length > 0) refuse(2, 'It takes one name.', 'npm run new-template my-tier')
if (!/^[a-z][a-z0-9-]*$/.test(name)) {
  refuse(
    2,
    `"${name}" cannot be a name: a to z, 0 to 9 and -, beginning with a letter.`,
    `npm run new-template my-tier`,
  )
}
const directory = join(TEMPLATES, name)
if (existsSync(directory)) refuse(3, `templates/${name} is there already.`, 'choose another name, or edit that one')
if (isPackage(name)) {
  refuse(3, `"${name}" is taken: there is a workspace @nix-jupyter/${name} already.`, 'choose another name')
}

try {
  copyModel()
  // The lock lists every workspace; npm does not install from one without any of them.
  npm('install', '--package-lock-only', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error')
} catch (error) {
  rmSync(directory, { recursive: true, force: true })
  refuse(1, `templates/${name} could not be made: ${/** @type {Error} */ (error).message}`)
}

const places = [
  ['template.json', 'the title and the hint that people choose by'],
  ['flake.nix.ejs', 'its packages'],
  ['notebooks/start.ipynb', 'the notebook to begin with'],
  ['server.py', 'the page beside it'],
  ['tests/', 'the tests of the project'],
]
console.log(`templates/${name} is there: a copy of ${MODEL}, which builds and passes its tests. Try it:

  npm start -- /tmp/my-lab --template ${name} --yes
  npx turbo run test:integration --filter=@nix-jupyter/${name}

Then make it your own, in templates/${name}:

${places.map(([place, what]) => `  ${place?.padEnd(24)}${what}`).join('\n')}

A file of the same path takes the place of the one in templates/shared. When the manifest is final:

  npm run reference -w create-nix-jupyter

docs/maintainers.md tells the rest.`)

/**
 * Say what is wrong, and end.
 * @param {number} code 2: how it was called, 3: the name is taken, 1: anything else
 * @param {string} message
 * @param {string} [way] what to do instead
 * @returns {never}
 */
function refuse(code, message, way) {
  console.error(way ? `${message}\n  Next: ${way}` : message)
  process.exit(code)
}

/**
 * Whether there is a workspace of that name, such as `tests`; a template is one too.
 * @param {string} id
 */
function isPackage(id) {
  return Object.hasOwn(readJson(join(ROOT, 'package-lock.json')).packages, `node_modules/@nix-jupyter/${id}`)
}

function copyModel() {
  cpSync(join(TEMPLATES, MODEL), directory, { recursive: true, filter: (source) => !LITTER.has(basename(source)) })
  change('package.json', (content) => ({ ...content, name: `@nix-jupyter/${name}` }))
  const words = name.replaceAll('-', ' ')
  change('template.json', (content) => ({
    ...content,
    id: name,
    title: `${words[0]?.toUpperCase()}${words.slice(1)}`,
    hint: `JupyterLab for ${words}`,
    order: nextOrder(),
  }))
  const tests = join(directory, 'tests')
  renameSync(join(tests, `test_${MODEL}.py`), join(tests, `test_${name.replaceAll('-', '_')}.py`))
}

/** Behind all others, with room in between. */
function nextOrder() {
  const orders = readdirSync(TEMPLATES)
    .filter((id) => id !== name && existsSync(join(TEMPLATES, id, 'template.json')))
    .map((id) => readJson(join(TEMPLATES, id, 'template.json')).order)
  return Math.max(...orders) + 10
}

/**
 * Rewrite a JSON file of the new template; what fits on a line stays on one.
 * @param {string} file
 * @param {(content: Record<string, unknown>) => Record<string, unknown>} edit
 */
function change(file, edit) {
  const path = join(directory, file)
  const text = JSON.stringify(edit(readJson(path)), null, 2)
  const python = /"python": \{[^[\]]*\[[^\]]*\]\s*\}/
  writeFileSync(path, `${text.replace(python, (part) => part.replace(/\s+/g, ' ').replace(/(\[) | (\])/g, '$1$2'))}\n`)
}

/** @param {string} path */
function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

/** @param {string[]} args */
function npm(...args) {
  const options = { cwd: ROOT, stdio: /** @type {const} */ (['ignore', 'ignore', 'pipe']) }
  execFileSync('npm', args, { ...options, shell: process.platform === 'win32' })
}

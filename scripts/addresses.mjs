// The address of the repository is written down once, as `repository` in the program's package.json. This writes the places
// that follow from it (`npm run addresses`), or only looks whether they do:
//   node scripts/addresses.mjs --check      the tests
//   node scripts/addresses.mjs --release    before a package is published: refuses also while OWNER stands for the owner
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const PACKAGE = 'packages/create-nix-jupyter/package.json'
const OWNERS = '.github/CODEOWNERS'
const PLACEHOLDER = 'OWNER'

const manifest = JSON.parse(readFileSync(join(ROOT, PACKAGE), 'utf8'))
const { repository } = manifest
const [, address, owner] = /^git\+(https:\/\/github\.com\/([\w-]+)\/[\w.-]+)\.git$/.exec(repository?.url ?? '') ?? []
if (!address) refuse(`${PACKAGE}: "repository.url" must be git+https://github.com/OWNER/NAME.git.`)

const wanted = new Map([
  [PACKAGE, json({ ...manifest, homepage: `${address}#readme`, bugs: `${address}/issues` })],
  [OWNERS, `# Who is asked to look at a pull request. Made by: npm run addresses\n* @${owner}\n`],
])
const stale = [...wanted].filter(([file, content]) => readFileSync(join(ROOT, file), 'utf8') !== content)

const [mode] = process.argv.slice(2)
if (mode === '--check' || mode === '--release') {
  const [first] = stale
  if (first) refuse(`${first[0]} does not follow "repository" in ${PACKAGE}.`, 'npm run addresses')
  if (mode === '--release' && owner === PLACEHOLDER) {
    refuse(
      `${PACKAGE}: ${PLACEHOLDER} still stands for the owner of the repository, and npm's provenance needs the real one.`,
      `put the address into "repository", then: npm run addresses`,
    )
  }
} else {
  for (const [file, content] of stale) writeFileSync(join(ROOT, file), content)
}

/** @param {object} content */
function json(content) {
  return `${JSON.stringify(content, null, 2)}\n`
}

/**
 * Say what is wrong, and end.
 * @param {string} message @param {string} [next]
 * @returns {never}
 */
function refuse(message, next) {
  console.error(next ? `${message}\n  Next: ${next}` : message)
  process.exit(1)
}

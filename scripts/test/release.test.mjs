// G2 and E6: what would go wrong only when a release is made.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'

const repository = join(import.meta.dirname, '../..')
const PACKAGE = 'packages/create-nix-jupyter/package.json'

describe('a release (G2, E6)', () => {
  /** @type {string} a copy of what the release tools read, with one commit */
  let copy
  before(() => {
    copy = mkdtempSync(join(tmpdir(), 'release-'))
    const git = (/** @type {string[]} */ ...args) => execFileSync('git', args, { cwd: copy })
    const wanted = ['*package.json', 'package-lock.json', '.changeset', '.github/CODEOWNERS', 'scripts/addresses.mjs']
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', ...wanted], {
      cwd: repository,
      encoding: 'utf8',
    })
    for (const file of listed.split('\0').filter(Boolean)) {
      mkdirSync(dirname(join(copy, file)), { recursive: true })
      cpSync(join(repository, file), join(copy, file))
    }
    git('init', '-q', '--initial-branch=main')
    git('add', '.')
    git('-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-qm', 'copy')
  })
  after(() => rmSync(copy, { recursive: true }))

  /** @param {string[]} args */
  function changeset(...args) {
    const program = join(repository, 'node_modules/@changesets/cli/bin.js')
    return spawnSync(process.execPath, [program, ...args], { cwd: copy, encoding: 'utf8' })
  }

  /** @param {string[]} args */
  function addresses(...args) {
    return spawnSync(process.execPath, [join(copy, 'scripts/addresses.mjs'), ...args], { encoding: 'utf8' })
  }

  const readPackage = () => JSON.parse(readFileSync(join(copy, PACKAGE), 'utf8'))

  test('has changesets that can be read, and the first version is 0.1.0', (t) => {
    const files = readdirSync(join(copy, '.changeset')).filter((file) => file.endsWith('.md'))
    if (files.length === 0) return t.skip('there is no change to release')
    const status = changeset('status', '--output=plan.json')
    assert.equal(status.status, 0, status.stderr + status.stdout)
    const { changesets, releases } = JSON.parse(readFileSync(join(copy, 'plan.json'), 'utf8'))
    assert.equal(changesets.length, files.length)
    const [release] = releases
    assert.equal(release.name, 'create-nix-jupyter')
    if (readPackage().version === '0.0.0') assert.equal(release.newVersion, '0.1.0')
  })

  test('names the repository, its page and its issues in package.json, all of them the same', () => {
    const { repository: place, homepage, bugs } = readPackage()
    assert.equal(place.type, 'git')
    assert.equal(place.directory, 'packages/create-nix-jupyter')
    assert.ok(homepage && bugs)
    const checked = addresses('--check')
    assert.equal(checked.status, 0, checked.stderr)
  })

  test('is refused while the placeholder stands, by npm publish too; one command writes every place', () => {
    const text = readFileSync(join(copy, PACKAGE), 'utf8').replaceAll('github.com/OWNER', 'github.com/somebody')
    const placeholder = text.replaceAll('github.com/somebody', 'github.com/OWNER')
    writeFileSync(join(copy, PACKAGE), placeholder)
    addresses()
    const refused = spawnSync('npm', ['run', '--silent', 'prepublishOnly', '-w', 'create-nix-jupyter'], {
      cwd: copy,
      encoding: 'utf8',
    })
    assert.equal(refused.status, 1)
    assert.match(refused.stderr, /OWNER still stands/)

    const moved = JSON.parse(placeholder)
    moved.repository.url = 'git+https://github.com/somebody/lab.git'
    writeFileSync(join(copy, PACKAGE), `${JSON.stringify(moved, null, 2)}\n`)
    assert.equal(addresses('--check').status, 1)
    assert.equal(addresses().status, 0)
    assert.equal(addresses('--release').status, 0)
    assert.equal(readPackage().bugs, 'https://github.com/somebody/lab/issues')
    assert.match(readFileSync(join(copy, '.github/CODEOWNERS'), 'utf8'), /^\* @somebody$/m)
  })

  test('needs no pip of the system, no npm install, and checks the address before it publishes', () => {
    const steps = readFileSync(join(repository, '.github/workflows/release.yml'), 'utf8')
    assert.doesNotMatch(steps, /pip install|npm install/)
    assert.ok(steps.indexOf('addresses.mjs --release') < steps.indexOf('npm publish'))
    assert.ok(steps.includes('addresses.mjs --release') && steps.includes('npm ci'))
  })
})

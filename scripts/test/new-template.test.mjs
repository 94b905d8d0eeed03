// Runs the real script in a copy of the repository, and builds the program with what it made.
//   npm run test:scripts
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, describe, test } from 'node:test'

const repository = join(import.meta.dirname, '../..')
const LITTER = ['node_modules', '.turbo', '.reports', '.ruff_cache', '__pycache__']

describe('npm run new-template', () => {
  /** @type {string} */
  let copy
  before(() => {
    copy = mkdtempSync(join(tmpdir(), 'new-template-'))
    const filter = (/** @type {string} */ source) => !LITTER.includes(basename(source))
    for (const part of ['templates', 'package.json', 'package-lock.json', '.npmrc', 'scripts/new-template.mjs']) {
      cpSync(join(repository, part), join(copy, part), { recursive: true, filter })
    }
    for (const part of ['packages/create-nix-jupyter', 'tests', 'bench']) {
      mkdirSync(join(copy, part), { recursive: true })
      cpSync(join(repository, part, 'package.json'), join(copy, part, 'package.json'))
    }
  })
  after(() => rmSync(copy, { recursive: true }))

  const options = () => /** @type {const} */ ({ cwd: copy, encoding: 'utf8' })
  /** @param {string[]} args */
  const newTemplate = (...args) => spawnSync('npm', ['run', '--silent', 'new-template', ...args], options())
  /** The same without npm, which takes ten times as long. @param {string[]} args */
  const runScript = (...args) => spawnSync(process.execPath, ['scripts/new-template.mjs', ...args], options())

  test('makes a template with which the program builds, and a project comes out of it', () => {
    const made = newTemplate('night-sky')
    assert.equal(made.status, 0, made.stderr)
    assert.match(made.stdout, /--filter=@nix-jupyter\/night-sky/)

    const read = (/** @type {string} */ file) =>
      JSON.parse(readFileSync(join(copy, 'templates/night-sky', file), 'utf8'))
    const { id, title, order } = read('template.json')
    assert.deepEqual([id, title], ['night-sky', 'Night sky'])
    const others = readdirSync(join(repository, 'templates'))
      .map((name) => join(repository, 'templates', name, 'template.json'))
      .filter((file) => existsSync(file))
      .map((file) => JSON.parse(readFileSync(file, 'utf8')).order)
    assert.equal(others.includes(order), false)
    assert.equal(read('package.json').name, '@nix-jupyter/night-sky')
    assert.ok(existsSync(join(copy, 'templates/night-sky/tests/test_night_sky.py')))
    assert.ok(!existsSync(join(copy, 'templates/night-sky/tests/test_minimal.py')))

    const out = join(copy, 'out')
    const build = join(repository, 'packages/create-nix-jupyter/build/build.mjs')
    execFileSync(process.execPath, [build, '--quick', '--templates', join(copy, 'templates'), '--out', out])
    cpSync(join(repository, 'packages/create-nix-jupyter/bin'), join(out, 'bin'), { recursive: true })
    cpSync(join(repository, 'packages/create-nix-jupyter/package.json'), join(out, 'package.json'))
    const program = join(out, 'bin/create-nix-jupyter.cjs')
    execFileSync(process.execPath, [program, 'my-lab', '--template', 'night-sky', '--yes', '--no-git'], { cwd: copy })
    const record = JSON.parse(readFileSync(join(copy, 'my-lab/.nix-jupyter.json'), 'utf8'))
    assert.equal(record.template, 'night-sky')
    assert.ok(existsSync(join(copy, 'my-lab/tests/test_night_sky.py')))
  })

  test('enters it into package-lock.json, and no address of a registry with it', () => {
    assert.equal(newTemplate('in-step').status, 0)
    const { packages } = JSON.parse(readFileSync(join(copy, 'package-lock.json'), 'utf8'))
    assert.deepEqual(packages['node_modules/@nix-jupyter/in-step'], { resolved: 'templates/in-step', link: true })
    assert.doesNotMatch(readFileSync(join(copy, 'package-lock.json'), 'utf8'), /"resolved": "https?:/)
    assert.equal(packages['templates/in-step'].version, '0.0.0')
  })

  test('refuses a name that is taken, and leaves what is there alone', () => {
    const file = join(copy, 'templates/minimal/template.json')
    const content = readFileSync(file, 'utf8')
    for (const taken of ['minimal', 'shared', 'tests', 'bench']) {
      const refused = runScript(taken)
      assert.equal(refused.status, 3, taken)
      assert.match(refused.stderr, /is there already|is taken/)
    }
    assert.equal(readFileSync(file, 'utf8'), content)
  })

  test('refuses what cannot be a name', () => {
    for (const bad of ['Night', '9lives', 'a_b', 'a b', '../up', 'näh', 'a/b', '-x', '']) {
      const refused = runScript(bad)
      assert.equal(refused.status, 2, bad)
      assert.match(refused.stderr, /Next: npm run new-template my-tier/)
    }
    assert.equal(runScript().status, 2)
    assert.equal(runScript('one', 'two').status, 2)
    assert.ok(!existsSync(join(copy, 'templates/one')))
  })
})

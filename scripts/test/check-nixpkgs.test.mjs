// Runs the real script on the stand-in for nixpkgs, and on copies of it in which something is missing.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { cache } from '../../tests/support/cache.mjs'

const repository = join(import.meta.dirname, '../..')
const file = join(cache, 'environment.json')
const environment = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
const skip = environment.nixpkgs ? false : 'the stand-in for nixpkgs is not provisioned'

describe('npm run check:nixpkgs', { skip }, () => {
  /** @type {string} */
  let world
  before(() => {
    world = mkdtempSync(join(tmpdir(), 'check-nixpkgs-test-'))
  })
  after(() => rmSync(world, { recursive: true }))

  /** @param {string} command @param {string[]} args */
  function run(command, args) {
    const nix = environment.nix.at(-1).bin
    // With more certificates than its own, each Node reads all of them first; there is no network here.
    const { NODE_EXTRA_CA_CERTS: _, ...own } = process.env
    const env = { ...own, PATH: `${nix}:${process.env.PATH}`, NIX_CONF_DIR: environment.nixConf }
    return spawnSync(command, args, { cwd: repository, env, encoding: 'utf8' })
  }
  /** What `npm run check:nixpkgs` starts. @param {string[]} args */
  const check = (...args) => run(process.execPath, ['scripts/check-nixpkgs.mjs', ...args])

  /**
   * A copy of the stand-in in which a file is changed.
   * @param {string} name
   * @param {string} path
   * @param {(text: string) => string} change
   */
  function changed(name, path, change) {
    const copy = join(world, name)
    cpSync(environment.nixpkgs, copy, { recursive: true })
    const text = readFileSync(join(copy, path), 'utf8')
    assert.notEqual(change(text), text)
    writeFileSync(join(copy, path), change(text))
    return copy
  }

  test('one row for each template, Python, system, and for all features; CUDA on x86_64 alone', () => {
    const command = ['run', '--silent', 'check:nixpkgs', '--', environment.nixpkgs, 'cuda']
    const { status, stdout, stderr } = run('npm', command)
    assert.equal(status, 0, stdout + stderr)
    const rows = stdout.split('\n').filter((line) => line.startsWith('cuda'))
    assert.equal(rows.length, 12)
    assert.match(rows[9] ?? '', /^cuda \+ \d+ features +3\.13 +x86_64-linux +2 +5 /)
    assert.match(rows[0] ?? '', /^cuda +3\.12 +x86_64-linux +2 +5 +3 +2 +1 +ok$/)
    assert.match(rows[1] ?? '', /^cuda +3\.12 +aarch64-linux +1 +4 /)
    assert.match(stdout, /^12 evaluated, 0 problems$/m)
  })

  test("so it is for the maintainers' own tools, of which Chromium is on Linux alone", () => {
    const { status, stdout, stderr } = check(environment.nixpkgs, 'repository')
    assert.equal(status, 0, stdout + stderr)
    assert.match(stdout, /^repository +aarch64-darwin +1$/m)
    assert.match(stdout, /^3 evaluated, 0 problems$/m)
    const tree = changed('no-go', 'names.nix', (text) => text.replace('  go = program "go";', ''))
    const broken = check(tree, 'repository')
    assert.equal(broken.status, 1, broken.stdout)
    assert.match(broken.stdout, /repository, x86_64-linux, devShells: .*'go'/)
  })

  test('an unfree package is a failure with its cause', () => {
    const tree = changed('unfree', 'python/special.nix', (text) =>
      text.replace('pname = "triton"', 'pname = "tritonx"'),
    )
    const { status, stdout } = check(tree, 'cuda')
    assert.equal(status, 1, stdout)
    assert.match(stdout, /cuda, 3\.13, x86_64-linux, devShells: Package 'tritonx-3\.5\.0' has an unfree license/)
    assert.match(stdout, /cuda +3\.13 +x86_64-linux +FAILED/)
    assert.match(stdout, /cuda +3\.13 +aarch64-linux +1 /)
  })

  test('so are a missing package and a warning', () => {
    const tree = changed('missing', 'attributes.json', (text) => {
      const table = JSON.parse(text)
      table.python.seaborn.status = 'no'
      table.python.dask.status = 'no'
      return JSON.stringify(table)
    })
    const { status, stdout } = check(tree, 'datasci', 'minimal')
    assert.equal(status, 1, stdout)
    assert.match(stdout, /datasci, 3\.14, aarch64-darwin, devShells: .*'seaborn'/)
    assert.match(stdout, /minimal \+ \d+ features, 3\.13, x86_64-linux, devShells: .*'dask'/)

    const warns = (/** @type {string} */ text) =>
      text.replace('  zlib =', '  zlib = import ./lib/warn.nix "zlib is old" ')
    const warning = check(changed('warning', 'tools.nix', warns), 'minimal')
    assert.equal(warning.status, 1, warning.stdout)
    assert.match(warning.stdout, /minimal, 3\.13, x86_64-linux: .*zlib is old/)
  })

  test('so is an old name', () => {
    // As nixpkgs has it: there, unless aliases are off.
    const alias = '{ config, ... }: if config.allowAliases or true then 1 else throw "an old name"'
    const tree = changed('alias', 'packages.nix', (text) =>
      text.replace('  lib = import ./lib;', `  lib = builtins.seq ((${alias}) { inherit config; }) (import ./lib);`),
    )
    const { status, stdout } = check(tree, 'minimal')
    assert.equal(status, 1, stdout)
    assert.match(stdout, /minimal, 3\.13, x86_64-linux, without aliases: an old name/)
    assert.match(stdout, /^12 evaluated, 4 problems$/m)
  })

  test('a wrong call says how it is used', () => {
    for (const args of [[], ['/no/such/tree'], [environment.nixpkgs, 'no-such-template']]) {
      const { status, stderr } = check(...args)
      assert.deepEqual([status, stderr.includes('Usage: npm run check:nixpkgs -- TREE')], [2, true])
    }
  })
})

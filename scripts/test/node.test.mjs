// E1 and point 7: what is run on Node 20.12 (the program), and on 20, 22 and 24 (all of it).
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { nodeOf, VERSIONS } from './support/nodes.mjs'
import { unlessBuilt } from './support/pack.mjs'

const repository = join(import.meta.dirname, '../..')

describe('the packed program', () => {
  /** @type {string} */
  let directory
  /** @type {string} */
  let program
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'packed-'))
    const args = ['pack', '--json', ...unlessBuilt, '--pack-destination', directory]
    const output = execFileSync('npm', args, { cwd: join(repository, 'packages/create-nix-jupyter'), encoding: 'utf8' })
    const [{ filename }] = JSON.parse(output)
    execFileSync('tar', ['-xzf', join(directory, filename), '-C', directory])
    program = join(directory, 'package/bin/create-nix-jupyter.cjs')
  })
  after(() => rmSync(directory, { recursive: true }))

  for (const version of VERSIONS) {
    test(`makes every template on Node ${version}`, (t) => {
      const node = nodeOf(version)
      if (!node) return t.skip(`node-${process.platform}-${process.arch}@${version} cannot be had from npm`)
      const projects = join(directory, version)
      mkdirSync(projects)
      const { templates } = JSON.parse(execFileSync(node, [program, 'list', '--json'], { encoding: 'utf8' }))
      for (const { id } of templates) {
        const ran = spawnSync(node, [program, id, '--template', id, '--yes', '--no-git'], {
          cwd: projects,
          encoding: 'utf8',
        })
        assert.equal(ran.status, 0, ran.stderr)
        assert.equal(ran.stderr, '')
        assert.ok(existsSync(join(projects, id, 'flake.nix')))
      }
    })
  }

  test('is built by npm pack itself: there is no archive without dist (G7)', () => {
    const files = readdirSync(join(directory, 'package'))
    assert.ok(files.includes('dist'))
    const { scripts } = JSON.parse(readFileSync(join(directory, 'package/package.json'), 'utf8'))
    assert.match(scripts.prepack, /build/)
  })

  test('npm pack --json prints nothing but JSON: what prepack says stays out of it', () => {
    const noisy = mkdtempSync(join(directory, 'noisy-'))
    cpSync(join(repository, '.npmrc'), join(noisy, '.npmrc'))
    const manifest = { name: 'noisy', version: '1.0.0', scripts: { prepack: 'echo building' } }
    writeFileSync(join(noisy, 'package.json'), JSON.stringify(manifest))
    const [{ filename }] = JSON.parse(execFileSync('npm', ['pack', '--json'], { cwd: noisy, encoding: 'utf8' }))
    assert.ok(existsSync(join(noisy, filename)))
  })
})

describe('the tests of this repository', () => {
  for (const version of VERSIONS.filter((version) => !version.startsWith('20.'))) {
    test(`run on Node ${version}, which takes no directory for a test: they are named`, (t) => {
      const node = nodeOf(version)
      if (!node) return t.skip(`node-${process.platform}-${process.arch}@${version} cannot be had from npm`)
      const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'))
      assert.equal(scripts['test:scripts'], 'node --test scripts/test/*.test.mjs')
      const { NODE_TEST_CONTEXT: _, ...env } = process.env
      const ran = spawnSync(node, ['--test', 'scripts/test/reports.test.mjs'], {
        cwd: repository,
        env: { ...env, PATH: `${dirname(node)}:${env.PATH}` },
        encoding: 'utf8',
        timeout: 300_000,
      })
      assert.equal(ran.status, 0, ran.stdout + ran.stderr)
    })
  }

  test('are refused by an old Node with one sentence (G7)', (t) => {
    const node = nodeOf('20.12.2')
    if (!node) return t.skip(`node-${process.platform}-${process.arch}@20.12.2 cannot be had from npm`)
    for (const script of ['scripts/test.mjs', 'scripts/check-node.mjs']) {
      const ran = spawnSync(node, [join(repository, script)], { encoding: 'utf8' })
      assert.equal(ran.status, 1)
      assert.match(ran.stderr, /^The tests need Node 20\.19 or newer; this is Node 20\.12\.2\.\n {2}Next: .*\n$/)
    }
  })
})

// The workflows of this repository, and those that a project brings.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { cache } from '../../tests/support/cache.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
/** @type {{ actionlint?: string, zizmor?: string }} */
const { actionlint, zizmor } = JSON.parse(readFileSync(join(cache, 'environment.json'), 'utf8'))

const workflows = ['.github/workflows', 'templates/shared/.github/workflows'].flatMap((directory) =>
  readdirSync(join(root, directory)).map((name) => join(directory, name)),
)

/** @param {string} program @param {string[]} args */
function expectNothing(program, args) {
  const { status, stdout, stderr } = spawnSync(program, [...args, ...workflows], { cwd: root, encoding: 'utf8' })
  assert.equal(status, 0, stdout + stderr)
}

test('actionlint finds nothing', { skip: !actionlint && 'actionlint comes with the stand-in for nixpkgs' }, () => {
  expectNothing(actionlint ?? '', ['-no-color'])
})

test('zizmor finds nothing unsafe', { skip: !zizmor && 'zizmor comes with the stand-in for nixpkgs' }, () => {
  expectNothing(zizmor ?? '', ['--offline', '--no-progress', '--quiet'])
})

test('each action is pinned to a commit, and has one version everywhere', () => {
  const pins = new Map()
  const used = workflows.flatMap((file) => [...readFileSync(join(root, file), 'utf8').matchAll(/uses: (\S+)@(.*)/g)])
  assert.ok(used.length > 5)
  for (const [, action, pin] of used) {
    assert.match(pin, /^[0-9a-f]{40} # v\d+(\.\d+)+$/, action)
    assert.equal(pins.get(action) ?? pin, pin, `${action} has two versions`)
    pins.set(action, pin)
  }
})

// E2: package-lock.json is whole, so that `npm ci` works in a clean clone on every system.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'

const repository = join(import.meta.dirname, '../..')

describe('package-lock.json (E2)', () => {
  /** @type {Record<string, { dependencies?: object, optionalDependencies?: object, link?: true, integrity?: string, resolved?: string }>} */
  const { packages } = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8'))

  test('has an entry for everything that its entries ask for, the parts for other systems too', () => {
    const missing = Object.entries(packages).flatMap(([place, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((name) => !placesFor(name, place).some((candidate) => candidate in packages))
        .map((name) => `${place} asks for ${name}`),
    )
    assert.deepEqual(missing, [])
  })

  test('has a hash for each package, and no address of a registry', () => {
    const installed = Object.entries(packages).filter(([place, { link }]) => place.includes('node_modules/') && !link)
    assert.deepEqual(
      installed.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([place]) => place),
      [],
    )
    assert.deepEqual(
      installed.filter(([, { resolved }]) => resolved).map(([place]) => place),
      [],
    )
  })
})

describe('npm ci in a clean clone (E2)', () => {
  /** @type {string} */
  let clone
  before(() => {
    clone = mkdtempSync(join(tmpdir(), 'clone-'))
    const files = execFileSync('git', ['ls-files', '-z', '*package.json', 'package-lock.json', '.npmrc'], {
      cwd: repository,
      encoding: 'utf8',
    })
    for (const file of files.split('\0').filter(Boolean)) {
      mkdirSync(dirname(join(clone, file)), { recursive: true })
      cpSync(join(repository, file), join(clone, file))
    }
  })
  after(() => rmSync(clone, { recursive: true }))

  for (const system of [[], ['--os=darwin', '--cpu=arm64'], ['--os=linux', '--cpu=arm64']]) {
    test(`takes the lock as it is: ${system.join(' ') || 'this system'}`, () => {
      const args = ['ci', '--dry-run', '--ignore-scripts', '--loglevel=error', ...system]
      const ran = spawnSync('npm', args, { cwd: clone, encoding: 'utf8' })
      assert.equal(ran.status, 0, ran.stderr)
    })
  }
})

/**
 * Where Node looks for a package, from the innermost directory out.
 * @param {string} name @param {string} place
 */
function placesFor(name, place) {
  const places = []
  for (let at = place; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    places.push(join(at, 'node_modules', name))
    if (!at.includes('/node_modules/')) break
  }
  return [...places, join('node_modules', name)]
}

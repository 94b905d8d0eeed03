import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const page = readFileSync(join(root, 'docs/safety.md'), 'utf8')
// `path/of.test.ts`: words of the test's name
const named = [...page.matchAll(/`((?:tests|templates|packages)\/[\w./-]+)`(?::\s+([^|)\n]+))?/g)]

test('every test that docs/safety.md names is there', () => {
  assert.ok(named.length > 15, `only ${named.length} tests are named`)
  for (const [, path, words] of named) {
    assert.ok(existsSync(join(root, path)), `docs/safety.md names ${path}, which is not there`)
    const text = readFileSync(join(root, path), 'utf8')
    if (words) assert.ok(text.includes(words.trim()), `${path} has no test "${words.trim()}"`)
  }
})

// What the last lines of `npm test` are made of.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { takeReports } from '../reports.mjs'

const COLOURED = '\u001b[31mError\u001b[39m: waited\n  in vain'

/** @type {string} */
let root
before(() => {
  root = mkdtempSync(join(tmpdir(), 'reports-'))
  for (const directory of ['.reports', 'packages', 'templates/uv/.reports'])
    mkdirSync(join(root, directory), { recursive: true })
})
after(() => rmSync(root, { recursive: true }))

/** @param {string} fullName @param {string} status */
const result = (fullName, status) => ({ fullName, status })

test('the reports of vitest, pytest and node say what passed, what failed, and what could not run here, with the reason', () => {
  const pytest = [
    '<testsuite name="pytest" errors="0" failures="1" skipped="1" tests="3">',
    '<testcase classname="a" name="good" time="0.1" />',
    '<testcase classname="a" name="bad" time="0.1"><failure message="no">no</failure></testcase>',
    '<testcase classname="a" name="held" time="0.1"><skipped type="pytest.skip" message="strace is not here">x</skipped></testcase>',
    '</testsuite>',
  ]
  const node = [
    '<testsuites>\n<testcase name="bun" time="0.1" classname="test">\n<skipped type="skipped" message="cannot be had"/>\n</testcase>',
    '<testcase name="good" time="0.1" classname="test"/>',
    '<!-- tests 2 -->\n<!-- fail 0 -->\n<!-- cancelled 0 -->\n<!-- skipped 1 -->\n</testsuites>',
  ]
  const tests = [
    result('one', 'passed'),
    { ...result('two', 'failed'), failureMessages: [COLOURED] },
    {
      ...result('three', 'failed'),
      failureMessages: [`Error: Traceback ${'x'.repeat(999)}\nRuntimeError: why\n    at a.ts:1`],
    },
    result('other template', 'skipped'),
  ]
  tests.push(result('held (not run: strace is not installed)', 'skipped'))
  const numbers = { numPassedTests: 1, numFailedTests: 2, numPendingTests: 2, numTodoTests: 0, success: false }
  const vitest = {
    ...numbers,
    testResults: [{ name: join(root, 'a.test.ts'), status: 'failed', assertionResults: tests }],
  }
  writeFileSync(join(root, '.reports/lab.xml'), pytest.join(''))
  writeFileSync(join(root, '.reports/scripts.xml'), node.join('\n'))
  writeFileSync(join(root, 'templates/uv/.reports/tests.json'), JSON.stringify(vitest))

  const taken = Object.fromEntries(takeReports(root).map(({ name, ...report }) => [name, report]))
  assert.deepEqual(taken, {
    lab: {
      numbers: { passed: 1, failed: 1, skipped: 1 },
      failed: ['bad: no'],
      notRun: ['held (not run: strace is not here)'],
    },
    scripts: { numbers: { passed: 1, failed: 0, skipped: 1 }, failed: [], notRun: ['bun (not run: cannot be had)'] },
    uv: {
      numbers: { passed: 1, failed: 2, skipped: 2 },
      failed: [
        'two: Error: waited in vain',
        `three: Error: Traceback ${'x'.repeat(183)} … ${'x'.repeat(182)} RuntimeError: why`,
      ],
      notRun: ['held (not run: strace is not installed)'],
    },
  })
  assert.equal(existsSync(join(root, '.reports/lab.xml')), false)
  assert.deepEqual(takeReports(root), [])
})

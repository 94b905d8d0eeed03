import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

/**
 * Take up every report that is there, and put it aside.
 * @param {string} root of this repository
 * @returns {{ name: string, numbers: { passed: number, failed: number, skipped: number }, failed: string[], notRun: string[] }[]}
 *   of each suite its name, its numbers, the names of its failed tests, and the tests that could not run here, with the reason
 */
export function takeReports(root) {
  return reportFiles(root).map(([name, file]) => {
    const text = readFileSync(file, 'utf8')
    rmSync(file)
    if (!file.endsWith('.json'))
      return { name, numbers: fromJunit(text), failed: failedInJunit(text), notRun: notRunInJunit(text) }
    const report = JSON.parse(text)
    return { name, numbers: fromVitest(report), failed: failedInVitest(report, root), notRun: notRunInVitest(report) }
  })
}

/** A workspace keeps its report beside itself, so that turbo's cache gives each of them its own back. */
function reportFiles(root) {
  const workspaces = ['packages', 'templates'].flatMap((directory) =>
    readdirSync(join(root, directory)).map((name) => [name, join(root, directory, name, '.reports')]),
  )
  return [['', join(root, '.reports')], ...workspaces].flatMap(([name, directory]) =>
    existsSync(directory)
      ? readdirSync(directory)
          .filter((file) => /\.(json|xml)$/.test(file))
          .map((file) => [name || file.replace(/\.\w+$/, ''), join(directory, file)])
      : [],
  )
}

/** A suite that fell over as a whole (an error outside of its tests) counts as one failure. */
function fromVitest({ numPassedTests, numFailedTests, numPendingTests, numTodoTests, success }) {
  const failed = numFailedTests === 0 && !success ? 1 : numFailedTests
  return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests }
}

/** Their full names; a file that fell over outside of its tests is named itself. */
function failedInVitest({ testResults }, root) {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed')
    if (failed.length === 0 && status === 'failed') return [withReason(relative(root, name), message)]
    return failed.map(({ fullName, failureMessages }) => withReason(fullName, failureMessages?.[0]))
  })
}

/** Those that say why in their name. What a test is not made for, such as another template, is no test that could not run. */
function notRunInVitest({ testResults }) {
  const names = testResults.flatMap(({ assertionResults }) => assertionResults.map(({ fullName }) => fullName))
  return names.filter((name) => name.includes('(not run: '))
}

/** As pytest and node write them, with the reason that each gives. */
function notRunInJunit(xml) {
  const skipped = /<testcase [^>]*\bname="([^"]*)"[^>]*[^/]>\s*<skipped [^>]*\bmessage="([^"]*)"/g
  return [...xml.matchAll(skipped)].map(([, name, reason]) => `${name} (not run: ${reason})`)
}

/** Their names, as pytest and node write them, and why. */
function failedInJunit(xml) {
  const failed = /<testcase [^>]*\bname="([^"]*)"[^>]*[^/]>\s*<(?:failure|error)\b[^>]*?\bmessage="([^"]*)"/g
  return [...xml.matchAll(failed)].map(([, name, reason]) => withReason(name, reason))
}

/** How many characters of a long reason are shown: of its beginning, and of its end. */
const HEAD = 200
const TAIL = 200

/**
 * Why a test failed: all that is left where only the end of the output is kept. Vitest begins with it, a traceback of Python
 * ends with it, and where in our own sources it happened says nothing more.
 */
function withReason(name, reason = '') {
  const plain = stripVTControlCharacters(reason.replaceAll('&#10;', '\n'))
    .replace(/^ +at .*$/gm, '')
    .replace(/\s+/g, ' ')
    .trim()
  if (!plain) return name
  const short = plain.length > HEAD + TAIL ? `${plain.slice(0, HEAD)} … ${plain.slice(-TAIL)}` : plain
  return `${name}: ${short}`
}

/** pytest counts in an attribute of its one suite, node in comments at the end. */
function fromJunit(xml) {
  const comment = { tests: 'tests', failures: 'fail', errors: 'cancelled', skipped: 'skipped' }
  const number = (name) => {
    const found = new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"|<!-- ${comment[name]} (\\d+) -->`).exec(xml)
    return Number(found?.[1] ?? found?.[2] ?? 0)
  }
  const failed = number('failures') + number('errors')
  return { passed: number('tests') - failed - number('skipped'), failed, skipped: number('skipped') }
}

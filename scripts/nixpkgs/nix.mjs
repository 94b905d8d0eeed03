import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { FLAKES } from '../../tests/support/cache.mjs'

// As text: pure evaluation, which no setting of this computer changes, reads no file that is not locked.
const EXPRESSION = readFileSync(new URL('evaluate.nix', import.meta.url), 'utf8')
// Whatever would have to be built during evaluation is an error, so that nothing is built.
const SETTINGS = [...FLAKES, '--option', 'allow-import-from-derivation', 'false']

/** What a run of Nix gave; `failure` is its cause in one line, empty where it went well. */
export function nix(args, cwd) {
  const { status, stdout, stderr, error } = spawnSync('nix', [...args, ...SETTINGS], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  const failure = status === 0 ? '' : causeIn(stderr ?? '') || (error?.message ?? `nix ended with ${status}`)
  return { failure, stdout: stdout ?? '', warnings: warningsIn(stderr ?? '') }
}

/**
 * Evaluates one output of a project, or all of them.
 * @param project a locked address of the project, such as git+file:///my-lab?rev=…
 * @param withoutAliases whether the old names of nixpkgs are missing
 * @returns the names of each output, or the failure
 */
export function evaluate(project, system, output, withoutAliases = false) {
  const part = output ? `.${output}` : ''
  const flags = `{ project = "${project}"; system = "${system}"; withoutAliases = ${withoutAliases}; }`
  const { failure, stdout, warnings } = nix(['eval', '--json', '--expr', `((${EXPRESSION}) ${flags})${part}`])
  return { failure, warnings, names: failure ? undefined : JSON.parse(stdout) }
}

/** The last error is the cause; those before it say how Nix came there. */
function causeIn(stderr) {
  const [, text = ''] = /[\s\S]*error: ([\s\S]*)/.exec(stderr) ?? []
  return text.split('\n')[0].trim()
}

/** What Nix and nixpkgs warn of, but for what belongs to this run: a lock that is made, a tree with changes. */
function warningsIn(stderr) {
  const lines = stderr.split('\n').filter((line) => /warning: /.test(line))
  return [...new Set(lines)].filter((line) => !/Git tree .* is dirty|(updating|creating) lock file/.test(line))
}

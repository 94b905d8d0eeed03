// E3 and G3: what turbo takes out of its cache, and what it runs again. The tasks themselves are replaced by short ones.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'

const repository = join(import.meta.dirname, '../..')

describe('turbo (E3, G3)', () => {
  /** @type {string} */
  let copy
  before(() => {
    copy = mkdtempSync(join(tmpdir(), 'turbo-'))
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: repository,
      encoding: 'utf8',
    })
    const wanted = /^(templates|tests|nixpkgs|package(-lock)?\.json|turbo\.json|\.gitignore|tsconfig|scripts\/lock)/
    const ours = /^packages\/create-nix-jupyter\/((package|turbo|tsconfig)\.json|build\/|src\/)|^bench\/package\.json/
    for (const file of listed.split('\0').filter((name) => wanted.test(name) || ours.test(name))) {
      mkdirSync(dirname(join(copy, file)), { recursive: true })
      cpSync(join(repository, file), join(copy, file))
    }
    symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'))
    replaceScripts('packages/create-nix-jupyter', {})
    replaceScripts('templates/uv', { build: 'touch uv.lock.ejs', 'test:integration': fakeReport('uv') })
    replaceScripts('templates/fasthtml', { build: 'touch requirements.txt.addresses' })
    replaceScripts('templates/minimal', { 'test:integration': fakeReport('minimal') })
    execFileSync('git', ['init', '-q'], { cwd: copy })
    execFileSync('git', ['add', '.'], { cwd: copy })
  })
  after(() => rmSync(copy, { recursive: true }))

  const fakeReport = (/** @type {string} */ name) => `mkdir -p .reports && echo ${name} > .reports/tests.json`

  /** @param {string} directory @param {Record<string, string>} scripts */
  function replaceScripts(directory, scripts) {
    const file = join(copy, directory, 'package.json')
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), scripts }, null, 2))
  }

  /** What turbo prints. @param {string[]} tiers @param {string[]} options @param {Record<string, string>} [variables] */
  function turbo(tiers, options, variables = {}) {
    const filters = tiers.map((tier) => `--filter=@nix-jupyter/${tier}`)
    // With more certificates than its own, each Node reads all of them first; there is no network here.
    const { TURBO_HASH: _, NODE_EXTRA_CA_CERTS: __, ...env } = process.env
    const ran = spawnSync(
      process.execPath,
      [join(repository, 'node_modules/turbo/bin/turbo'), 'run', 'test:integration', ...filters, ...options],
      {
        cwd: copy,
        env: { ...env, TEST_NIXPKGS: 'offline', TURBO_TELEMETRY_DISABLED: '1', ...variables },
        encoding: 'utf8',
      },
    )
    assert.equal(ran.status, 0, ran.stdout + ran.stderr)
    return ran.stdout
  }

  /** Whether the tests of minimal would come out of the cache; without a run, which takes three times as long. */
  function planned() {
    /** @type {{ tasks: { taskId: string, cache: { status: string } }[] }} */
    const { tasks } = JSON.parse(turbo(['minimal'], ['--dry=json']))
    return tasks.find(({ taskId }) => taskId === '@nix-jupyter/minimal#test:integration')?.cache.status
  }

  /**
   * Run the integration tests of some tiers; which of them came out of the cache.
   * @param {string[]} tiers @param {Record<string, string>} [variables]
   * @returns {Record<string, string>} HIT or MISS for each
   */
  function integration(tiers, variables = {}) {
    const ran = turbo(tiers, ['--summarize'], variables)
    const [, summary] = /Summary:\s+(\S+)/.exec(ran) ?? []
    assert.ok(summary, ran)
    const { tasks } = JSON.parse(readFileSync(summary, 'utf8'))
    return Object.fromEntries(
      tasks
        .filter((/** @type {{ task: string }} */ { task }) => task === 'test:integration')
        .map((/** @type {{ package: string, cache: { status: string } }} */ task) => [
          task.package.replace('@nix-jupyter/', ''),
          task.cache.status,
        ]),
    )
  }

  test('runs what never ran, and not what did: its own logs and reports and the lock of uv are no inputs', () => {
    assert.deepEqual(integration(['minimal', 'uv']), { minimal: 'MISS', uv: 'MISS' })
    assert.deepEqual(integration(['minimal', 'uv']), { minimal: 'HIT', uv: 'HIT' })
  })

  test('gives each tier its own report back', () => {
    const report = (/** @type {string} */ tier) => join(copy, 'templates', tier, '.reports/tests.json')
    integration(['minimal', 'uv'])
    rmSync(report('minimal'))
    writeFileSync(report('uv'), 'newer\n')
    assert.deepEqual(integration(['minimal']), { minimal: 'HIT' })
    assert.equal(readFileSync(report('minimal'), 'utf8'), 'minimal\n')
    assert.equal(readFileSync(report('uv'), 'utf8'), 'newer\n')
  })

  test('never takes a run on the stand-in for one on the real nixpkgs', () => {
    integration(['minimal'])
    assert.deepEqual(integration(['minimal'], { TEST_NIXPKGS: 'real' }), { minimal: 'MISS' })
    assert.deepEqual(integration(['minimal'], { TEST_NIXPKGS: 'offline' }), { minimal: 'HIT' })
  })

  describe('runs again', () => {
    before(() => integration(['minimal']))
    for (const file of [
      'templates/shared/README.md.ejs',
      'templates/parts/webapp/webapp.py',
      'templates/minimal/server.py',
      'tests/integration/shell.test.ts',
      'nixpkgs/attributes.json',
      'packages/create-nix-jupyter/src/cli.ts',
      'scripts/lock-uv-template.mjs',
      'templates/executables.json',
    ]) {
      test(`when ${file} changes`, () => {
        const text = readFileSync(join(copy, file))
        appendFileSync(join(copy, file), '\n')
        assert.equal(planned(), 'MISS')
        writeFileSync(join(copy, file), text)
        assert.equal(planned(), 'HIT')
      })
    }
  })

  test('knows the executable bit: the build refuses until templates/executables.json has it', (t) => {
    if (process.platform === 'win32') return t.skip('Windows has no executable bit')
    const script = join(repository, 'packages/create-nix-jupyter/build/executables.mjs')
    const templates = join(copy, 'templates')
    const check = () => {
      const code = `import(${JSON.stringify(script)}).then((m) => m.checkExecutables(${JSON.stringify(templates)}))`
      return spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' })
    }
    check()
    assert.equal(check().status, 0)
    chmodSync(join(templates, 'minimal/server.py'), 0o755)
    const refused = check()
    assert.equal(refused.status, 1)
    assert.match(refused.stderr, /executables\.json was not up to date/)
    assert.ok(JSON.parse(readFileSync(join(templates, 'executables.json'), 'utf8')).includes('minimal/server.py'))
    assert.equal(check().status, 0)
  })
})

// G7 and G9: what a visitor and a maintainer expect to find, and lists that follow from the directories.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'

const repository = join(import.meta.dirname, '../..')
const read = (/** @type {string} */ file) => readFileSync(join(repository, file), 'utf8')

/** What git knows, or would add. @param {string[]} patterns */
const tracked = (...patterns) =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...patterns], {
    cwd: repository,
    encoding: 'utf8',
  })
    .trim()
    .split('\n')

/** @type {{ id: string, order: number }[]} */
const manifests = readdirSync(join(repository, 'templates'))
  .map((name) => join(repository, 'templates', name, 'template.json'))
  .filter((file) => existsSync(file))
  .map((file) => JSON.parse(readFileSync(file, 'utf8')))
  .sort((a, b) => a.order - b.order)

/** The commands that features add to `lab`, each with its feature. */
const ofFeatures = () =>
  readdirSync(join(repository, 'features')).flatMap((id) => {
    const file = `features/${id}/files/nix/features/${id}/commands.json`
    return existsSync(join(repository, file)) ? Object.keys(JSON.parse(read(file))).map((name) => [name, id]) : []
  })

describe('the repository (G9)', () => {
  test('has what people look for, and git knows it', () => {
    const wanted = [
      ...['CODE_OF_CONDUCT.md', 'CONTRIBUTING.md', 'SECURITY.md', 'LICENSE', '.nvmrc', '.gitattributes', 'flake.nix'],
      ...['flake.lock', '.github/CODEOWNERS', '.github/dependabot.yml', '.github/pull_request_template.md'],
      ...['.github/ISSUE_TEMPLATE/problem.yml', '.github/ISSUE_TEMPLATE/idea.yml'],
    ]
    assert.deepEqual(tracked(...wanted).sort(), wanted.sort())
  })

  test('shows a picture in both READMEs, and the picture is there', () => {
    for (const file of ['README.md', 'packages/create-nix-jupyter/README.md']) {
      const [, picture] = /!\[[^\]]+\]\(([^)]+)\)/.exec(read(file)) ?? []
      assert.ok(picture, file)
      assert.ok(existsSync(join(repository, dirname(file), picture)), picture)
    }
  })

  test('pins each action by its hash, and has none that runs on a Node of the past (E5)', () => {
    const workflows = ['.github/workflows/ci.yml', '.github/workflows/release.yml']
    for (const file of [...workflows, 'templates/shared/.github/workflows/ci.yml']) {
      const uses = read(file).match(/uses: .*/g) ?? []
      assert.ok(uses.length > 0, file)
      for (const line of uses) {
        const [, action, major] = /^uses: (\S+)@[0-9a-f]{40} # v(\d+)/.exec(line) ?? []
        assert.ok(action, `${file}: ${line}`)
        if (action?.startsWith('actions/')) assert.ok(Number(major) >= 5, `${file}: ${line}`)
      }
    }
  })

  test('installs Nix with a line that every shell understands (D6)', () => {
    const told = ['README.md', 'docs/README.md', 'docs/trouble.md', 'templates/shared/lab']
    const lines = told
      .flatMap((file) => read(file).split('\n'))
      .filter((line) => line.includes('nixos.org/nix/install'))
    assert.ok(lines.length > 0)
    for (const line of lines) assert.match(line, /curl -L https:\/\/nixos\.org\/nix\/install \| sh -s -- /)
    assert.match(read('docs/trouble.md'), /systemd=true/)
    assert.match(read('docs/trouble.md'), /SELinux/)
  })

  test("has one catalogue of what doctor says: the program and `lab` name lines of it, and each line is somebody's", () => {
    const catalogue = JSON.parse(read('templates/shared/nix/lab/checks/doctor.json'))
    const inDirectory = (/** @type {string} */ directory) =>
      readdirSync(join(repository, directory), { withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.(ts|py)$/.test(entry.name))
        .map(({ name }) => read(`${directory}/${name}`))
    const program = ['doctor', 'commands'].flatMap((room) => inDirectory(`packages/create-nix-jupyter/src/${room}`))
    const lab = inDirectory('templates/shared/nix/lab/checks')
    const sources = [...program, ...lab].join('\n')
    const named = Object.keys(catalogue).filter((name) => new RegExp(`['"]${name}['"]`).test(sources))
    assert.deepEqual(named, Object.keys(catalogue))
    const asked = [...sources.matchAll(/\bline\(['"]([^'"]+)['"]/g)].map(([, name]) => name ?? '')
    assert.ok(asked.length > 60)
    assert.deepEqual(
      asked.filter((name) => !(name in catalogue)),
      [],
    )
    // No text or command of it stands in a source as well. (./lab, which is there before Python is, has one line: Nix is missing.)
    for (const { good, problem, fix } of Object.values(catalogue))
      for (const text of [good, problem, fix].filter(
        (text) => text && !/^\{[a-z]+\}$|^lab (start|stop|sync)|^nvidia-smi$|^nix develop$/.test(text),
      ))
        assert.ok(!sources.includes(text), text)
    const { problem, fix } = catalogue['nix-missing']
    assert.ok(read('templates/shared/lab').includes(problem.replace(/\.$/, '')))
    assert.ok(read('templates/shared/lab').includes(fix))
  })

  test('has one table of the versions without known holes, which doctor and the tests of a project read (C5)', () => {
    const floors = JSON.parse(read('templates/shared/nix/lab/packages/known.json')).floors
    for (const name of ['jupyter_server', 'jupyterlab', 'nbconvert', 'tornado']) assert.ok(floors[name], name)
    for (const file of ['templates/shared/nix/lab/checks/environment.py', 'templates/shared/tests/test_notebooks.py']) {
      assert.match(read(file), /known\.json/, file)
      const own = Object.values(floors).flatMap((rule) => /** @type {{ floors: string[] }} */ (rule).floors)
      for (const version of own) assert.ok(!read(file).includes(version), `${file}: ${version}`)
    }
  })

  test('has one NVIDIA driver that CUDA needs, and one list of files that git has to track, in the program and in `lab`', () => {
    const [program, lab] = ['packages/create-nix-jupyter/src/doctor', 'templates/shared/nix/lab/checks']
    const version = /(?:NEEDED|driver_needed) ?= ?(\d+)/
    const drivers = [`${program}/driver.ts`, `${lab}/environment.py`, 'templates/shared/nix/scripts/driver.sh']
    assert.equal(new Set(drivers.map((file) => version.exec(read(file))?.[1] ?? file)).size, 1)
    const listed = (/** @type {string} */ file, /** @type {string} */ name) =>
      (new RegExp(`${name} = [[(](.*)[\\])]`).exec(read(file))?.[1] ?? file)
        .replace('RECORD', "'.nix-jupyter.json'")
        .replaceAll('"', "'")
    for (const name of ['NEEDED', 'LOCKED'])
      assert.equal(listed(`${program}/git.ts`, name), listed(`${lab}/files.py`, name))
  })

  test('has one version of the uv that builds templates and prepares tests', () => {
    const versionIn = (/** @type {string} */ file) => /^(?:const )?UV = ['"]([\d.]+)['"]/m.exec(read(file))?.[1]
    assert.ok(versionIn('scripts/lock-tools.mjs'))
    assert.equal(versionIn('tests/provision/installers.py'), versionIn('scripts/lock-tools.mjs'))
  })

  test('has one list of the commands that features add, which lab names where a project is without them', () => {
    const [, table = ''] = /^OF_FEATURES = (\{.*\})$/m.exec(read('templates/shared/nix/lab/commands/table.py')) ?? []
    const added = ofFeatures()
    assert.ok(added.length > 1)
    const wanted = Object.fromEntries(added)
    const line = `OF_FEATURES = ${JSON.stringify(wanted).replaceAll(/[:,]/g, '$& ')}`
    assert.deepEqual(JSON.parse(table), wanted, `templates/shared/nix/lab/commands/table.py must have: ${line}`)
  })

  test('has no command of a feature that lab has itself, which would never run', () => {
    const own = [...read('templates/shared/nix/lab/commands/table.py').matchAll(/^ {4}"([a-z-]+)": Command\(/gm)]
    assert.ok(own.length > 10)
    const taken = ofFeatures().filter(([name]) => own.some(([, other]) => other === name))
    assert.deepEqual(
      taken.map(([name, id]) => `features/${id} adds lab ${name}, which lab has itself`),
      [],
    )
  })

  test("pins the maintainers' tools as the projects are pinned", () => {
    assert.equal(read('flake.lock'), read('templates/shared/flake.lock'))
  })

  test('describes each template in docs/tiers.md, in the order of the manifests, and counts them nowhere', () => {
    const page = read('docs/tiers.md')
    const ids = manifests.map(({ id }) => id)
    const rows = [...page.matchAll(/^\| \[([a-z0-9-]+)\]\(#\1\) \|/gm)].map(([, id]) => id)
    assert.deepEqual(
      rows,
      ids,
      `docs/tiers.md must have a row "| [${ids.join('](#…) |", "| [')}](#…) |", in this order`,
    )
    const sections = [...page.matchAll(/^## ([a-z0-9-]+)$/gm)].map(([, id]) => id)
    assert.deepEqual(sections, ids, `docs/tiers.md must have a section for each of ${ids.join(', ')}, in this order`)
    for (const file of ['README.md', 'docs/README.md', 'docs/tiers.md', 'packages/create-nix-jupyter/README.md']) {
      assert.doesNotMatch(read(file), /\b(the|all) five\b|five (templates|tiers)/i, file)
    }
  })

  test('says in the prompt that JupyterLab starts later, where a feature makes that more than 1.2 × as long', () => {
    const { overWithout } = JSON.parse(read('bench/results/features.json'))
    for (const [id, { median }] of Object.entries(overWithout)) {
      const { hint } = JSON.parse(read(`features/${id}/feature.json`))
      assert.equal(/starts? .*later/.test(hint), median > 1.2, `${id}: ${median} ×: ${hint}`)
    }
  })

  test('has no file that is too long to read at a sitting', () => {
    // A table, and what others have written.
    const left =
      /^packages\/create-nix-jupyter\/test\/bring\/corpus\.ts$|\.min\.js$|^features\/[a-z-]+\/tests\/(chart|schema)\//
    const tests = /(^|\/)tests?\/|\.test\.(ts|mjs)$/
    const long = tracked('*.ts', '*.mjs', '*.js', '*.py', '*.sh', '*.nix', '*.ejs')
      .filter((file) => !left.test(file) && existsSync(join(repository, file)))
      .map((file) => ({ file, lines: read(file).split('\n').length - 1, most: tests.test(file) ? 300 : 250 }))
      .filter(({ lines, most }) => lines > most)
    assert.deepEqual(
      long.map(({ file, lines, most }) => `${file} has ${lines} lines; the most are ${most}`),
      [],
    )
  })

  test('has docs/features.md as the manifests have it', () => {
    const args = [join(repository, 'scripts/features-page.mjs'), '--print']
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    assert.equal(read('docs/features.md'), stdout)
  })
})

describe('take-pictures (G7)', () => {
  test('says at the start that pngquant is missing', () => {
    const ran = spawnSync(process.execPath, [join(repository, 'scripts/take-pictures.mjs'), 'minimal'], {
      env: { ...process.env, PATH: dirname(process.execPath).replace('/usr/bin', '/nowhere') },
      encoding: 'utf8',
    })
    assert.equal(ran.status, 1)
    assert.match(ran.stderr, /^pngquant, .* is not installed\.\n {2}Next: .*\n$/)
  })
})

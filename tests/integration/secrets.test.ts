import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newestNix, readEnvironment } from '../support/environment.ts'
import { Project } from '../support/project.ts'
import { run } from '../support/run.ts'
import { isFilledByUv, isFirstOfItsKind, shownElsewhere, template } from '../support/template.ts'

const STORE = '/nix/store'

// B15: what Nix copies into its store, everybody on the computer can read.
// With git it hides what git ignores, whatever the template; without git the project's own filter does it, the same in all
// templates that fill their environment in the same way, and shown in the first of them.
const ways = template.id === 'minimal' ? ['with git', 'without git'] : ['without git']

describe.runIf(isFirstOfItsKind).each(ways)(`${template.id}: secrets and data, %s${shownElsewhere}`, (how) => {
  const secret = randomBytes(16).toString('hex')
  const isTypedHere = how === 'without git'
  const shown = isTypedHere ? '' : ' (shown without git)'
  // The warning is of the directory, whatever is in it. With uv, Nix would copy all of JupyterLab out of .venv at
  // each command.
  const isWarnedHere = isTypedHere && !isFilledByUv
  const shownByOthers = isTypedHere && isFilledByUv ? ' (shown by minimal and fasthtml)' : shown
  let project: Project

  beforeAll(async () => {
    project = how === 'with git' ? await Project.shared() : await Project.create({ nix: newestNix(readEnvironment()) })
    if (how === 'without git') rmSync(join(project.directory, '.git'), { recursive: true })
    writeFileSync(join(project.directory, '.env'), `PASSWORD=${secret}\n`, { mode: 0o600 })
    mkdirSync(join(project.directory, 'data'), { recursive: true })
    writeFileSync(join(project.directory, 'data', `${secret}.bin`), Buffer.alloc(50_000_000))
  })
  afterAll(() => project?.remove())

  /** The store's own copies of what was planted: in the root of a source, or in a directory of it. */
  function planted(): string[] {
    return readdirSync(STORE)
      .filter((name) => name.endsWith('-source'))
      .map((name) => join(STORE, name))
      .filter((source) => {
        const env = join(source, '.env')
        const leaked = existsSync(env) && readFileSync(env, 'utf8').includes(secret)
        return leaked || existsSync(join(source, 'data', `${secret}.bin`))
      })
  }

  test('B15: ./start works, and nothing of them is in the store', async () => {
    const started = await project.start()
    expect(started.code, started.stderr).toBe(0)
    expect(planted()).toEqual([])
  })

  // Nix takes no blank and no umlaut in an address.
  test.each(['state', 'Zustände #1'])(
    'B15: the shell that direnv enters works, and nothing of them is in the store, with a state in %s',
    async (name) => {
      const here = project.here({ env: { XDG_STATE_HOME: join(project.state, '..', name) } })
      const chosen = await run('sh', ['-c', '. nix/enter.sh && nix_jupyter_choose_shell'], here)
      const flags = ['develop', chosen.stdout.trim(), '--command', 'sh', '-c', 'echo "$NIX_JUPYTER_ROOT"']
      const entered = await project.nixCommand(flags, here)
      expect([entered.code, entered.stdout.trim()], entered.stderr).toEqual([0, project.directory])
      expect(planted()).toEqual([])
    },
  )

  test('B15: the tests of the notebooks copy no data, and write nothing into the project', async () => {
    const cells = [
      `import os`,
      `assert os.path.islink('../data/${secret}.bin') and os.path.getsize('../data/${secret}.bin') == 50_000_000`,
      `assert os.path.islink('../data/small.csv') and not os.path.islink('../server.py')`,
      `assert not os.path.exists('../.env')`,
      `open('../data/made.txt', 'w').close()`,
      `open('made.txt', 'w').close()`,
    ]
    const notebook = JSON.parse(readFileSync(join(project.directory, 'notebooks/start.ipynb'), 'utf8'))
    const cell = {
      cell_type: 'code',
      execution_count: null,
      id: 'look',
      metadata: {},
      outputs: [],
      source: cells.join('\n'),
    }
    writeFileSync(join(project.directory, 'notebooks/start.ipynb'), JSON.stringify({ ...notebook, cells: [cell] }))
    writeFileSync(join(project.directory, 'data/small.csv'), 'a,b\n')
    const chosen = (await run('sh', ['-c', '. nix/enter.sh && nix_jupyter_choose_shell'], project.here())).stdout.trim()
    const words = ['python', '-m', 'unittest', 'discover', '-s', 'tests', '-p', 'test_notebooks.py']
    const tested = await project.nixCommand(['develop', chosen, '--command', ...words])
    expect(tested.code, tested.stderr).toBe(0)
    expect(existsSync(join(project.directory, 'data/made.txt'))).toBe(false)
    expect(existsSync(join(project.directory, 'notebooks/made.txt'))).toBe(false)
  })

  test.runIf(isWarnedHere)(
    `B15: who types \`nix develop\` or \`nix run\` is warned, with the way out${shownByOthers}`,
    async () => {
      const warning = /^There is no git here, so Nix has copied this directory to \/nix\/store, data and \.env too/m
      const typed = [
        ['develop', '--command', 'true'],
        ['run', '.#lab', '--', 'status'],
      ]
      // Nothing of the user's may be copied by the test itself.
      rmSync(join(project.directory, '.env'))
      rmSync(join(project.directory, 'data'), { recursive: true })
      for (const words of typed) {
        const { code, stderr } = await project.nixCommand(words)
        expect(code, stderr).toBe(0)
        expect(stderr).toMatch(warning)
        expect(stderr).toContain('Next: git init && git add --all')
      }
      for (const words of [
        ['./lab', 'status'],
        ['./start', '--no-open'],
      ] as const) {
        const [file, ...args] = words
        expect((await run(file, args, project.here())).stderr).not.toMatch(warning)
      }
      await project.stop()
      await run('sh', ['-c', 'git init --quiet && git add --all'], project.here())
      for (const words of typed) expect((await project.nixCommand(words)).stderr).not.toMatch(warning)
    },
  )

  test.runIf(isTypedHere)(`B15: an edit of flake.nix counts at the next start${shown}`, async () => {
    const file = join(project.directory, 'flake.nix')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace('services.server.command', 'services.server.comand'))
    await project.stop()
    const started = await run(join(project.directory, 'start'), ['--no-open'], project.here({ cwd: tmpdir() }))
    writeFileSync(file, text)
    expect(started.code).not.toBe(0)
    expect(started.stderr).toMatch(/services\.server has no option `comand`/)
  })
})

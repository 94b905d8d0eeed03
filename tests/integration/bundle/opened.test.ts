import { mkdirSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noCutOff, noLayer, notRun } from '../../support/abilities.ts'
import { FLAKES } from '../../support/cache.mjs'
import { type Nix, newestNix, readEnvironment } from '../../support/environment.ts'
import { writeFiles } from '../../support/home.ts'
import { Project } from '../../support/project.ts'
import { must, type Result, run } from '../../support/run.ts'
import { forNixAlone, isFilledByNix, isFirstOfItsKind, shownElsewhere, template } from '../../support/template.ts'

const environment = readEnvironment()
const newest = newestNix(environment)
// The other computer has a store of its own in the place of /nix, and Nix has to be outside of it.
const nixIsInItsStore = realpathSync(join(newest.bin, 'nix')).startsWith('/nix/')
const reason = noLayer || noCutOff || (nixIsInItsStore ? 'Nix is in the store that has to be empty' : '')
const isSkipped = Boolean(reason) || !isFirstOfItsKind

/** Asks JupyterLab with its token and without, and prints both answers. */
const ASK = `
const url = new URL(process.argv[1])
const api = 'http://127.0.0.1:' + url.port + '/api/contents'
const ask = async (headers) => (await fetch(api, { headers })).status
console.log(await ask({ Authorization: 'token ' + url.searchParams.get('token') }), await ask({}))
`

describe.skipIf(isSkipped)(
  `${template.id}: all in one file, for a computer without network${notRun(reason)}${shownElsewhere}`,
  () => {
    let project: Project
    let world: string
    let file: string
    let written: Result

    beforeAll(async () => {
      project = await Project.shared()
      world = join(project.directory, '..')
      file = join(world, 'sent', 'my lab.bundle')
      mkdirSync(join(world, 'sent'))
      writeFiles(project.directory, { '.env': 'KEY=not-for-others\n', 'notebooks/new.ipynb': '{}\n' })
      const env = { TMPDIR: join(world, 'for a while') }
      mkdirSync(env.TMPDIR)
      // As a user types it, from where they are.
      written = await run('my-lab/lab', ['bundle', 'sent/my lab.bundle'], project.here({ cwd: world, env }))
      expect(written.code, written.stderr).toBe(0)
    })
    afterAll(() => project?.remove())

    /** Another computer: its own store, home and state, no network, and nothing that the stand-in is made from. */
    const elsewhere = (name: string, nix: Nix, lines: string[]): Promise<Result> => {
      const home = join(world, name)
      for (const directory of ['nix', 'home', 'state', 'for a while'])
        mkdirSync(join(home, directory), { recursive: true })
      const script = [
        'set -eu',
        `mount --bind ${home}/nix /nix`,
        ...(environment.nixpkgs ? [`mount -t tmpfs none ${environment.nixpkgs}`] : []),
        'ip link set lo up',
        `cd ${home}`,
        ...lines,
      ]
      return run('unshare', ['--mount', '--net', 'sh', '-c', script.join('\n')], {
        env: {
          PATH: `${nix.bin}:/usr/local/bin:/usr/bin:/bin`,
          HOME: join(home, 'home'),
          TMPDIR: join(home, 'for a while'),
          XDG_STATE_HOME: join(home, 'state'),
          NIX_CONF_DIR: environment.nixConf,
          GIT_CONFIG_NOSYSTEM: '1',
          LANG: 'C.UTF-8',
          CI: 'true',
        },
      })
    }
    const openAndStop = (directory: string) => [
      `'${process.execPath}' --input-type=module -e "${ASK.replaceAll('\n', ';')}" "$(${directory}/lab url)"`,
      `${directory}/stop`,
      // What was unpacked is gone.
      'find state "for a while" -maxdepth 3 -name "bundle.??????" -o -name from-bundle -o -name "tmp.*"',
    ]
    /** With these bytes a file of zstd begins, and the archives of Nix are such files. */
    const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
    const OPENED = /\n200 403\nmy-lab is stopped\.\n$/

    test('FILE is for its owner alone, holds what is committed, says what it leaves out, and leaves nothing beside it', async () => {
      expect(statSync(file).mode & 0o777).toBe(0o600)
      expect(readdirSync(join(world, 'sent'))).toEqual(['my lab.bundle'])
      expect(written.stdout).toContain('Not in it, for it is not committed: notebooks/new.ipynb.')
      const names = await must('tar', ['-tf', file])
      expect(names).toContain('my-lab/flake.nix\n')
      expect(names).not.toMatch(/\.env$|new\.ipynb|\/\.git\//m)
    })

    test('its two commands start the project on an empty store', async () => {
      const [, commands = ''] = /gets it types: (.*)\n/.exec(written.stdout) ?? []
      expect(commands).toMatch(/^tar -xf 'my lab\.bundle' my-lab && my-lab\/start --from 'my lab\.bundle'$/)
      const lines = [`ln -s '${file}' .`, `${commands} --no-open`, ...openAndStop('my-lab')]
      const there = await elsewhere('other', newest, lines)
      expect(there.code, there.stderr).toBe(0)
      expect(there.stdout).toMatch(OPENED)
    })

    describe.skipIf(!isFilledByNix)(`whatever packages come from PyPI${forNixAlone}`, () => {
      // In the store, which comes last but for the end: anywhere, and where an archive of Nix begins.
      test.each([
        ['in its middle', (bytes: Buffer) => bytes.length - 200_000, 10_000],
        ['where an archive begins', (bytes: Buffer) => bytes.lastIndexOf(ZSTD), 10],
      ])(
        'a file that was damaged %s is noticed while it is read, and leaves nothing half done',
        async (where, place, length) => {
          const damaged = readFileSync(file)
          const start = place(damaged)
          damaged.fill(0x55, start, start + length)
          writeFileSync(join(world, 'damaged'), damaged)
          const lines = [
            `tar -xf '${file}' my-lab`,
            'my-lab/start --from ../damaged && exit 9',
            'ls state/nix-jupyter "for a while"',
          ]
          const there = await elsewhere(`damaged ${where}`.replaceAll(' ', '-'), newest, lines)
          expect(there.code, there.stderr).toBe(0)
          expect(there.stderr).toMatch(/damaged is not a whole file of `lab bundle`.*\n {2}Next: /)
          expect(there.stdout).toBe('for a while:\n\nstate/nix-jupyter:\nsources\n')
        },
      )

      test('its history is there for git, the oldest Nix takes it, and another state of the project is told what to type', async () => {
        const there = await elsewhere('with-git', environment.nix[0] ?? newest, [
          `tar -xf '${file}' .bundle/project.bundle`,
          'git clone --quiet .bundle/project.bundle cloned',
          'echo "# mine" >> cloned/flake.nix',
          `cloned/start --from '${file}' 2> said && exit 9`,
          'cat said >&2',
          'next=$(sed -n "s/^  Next: //p" said)',
          'eval "$next --no-open"',
          ...openAndStop('from-bundle/my-lab'),
        ])
        expect(there.code, there.stderr).toBe(0)
        expect(there.stderr).toMatch(/is for another project than the one in .*: flake\.nix is not the same\.\n/)
        expect(there.stdout).toMatch(OPENED)
      })

      test('`nix copy` to the store of another computer is enough for a clone', async () => {
        const store = join(world, 'second')
        const copy = ['copy', '--no-check-sigs', '--to', `local?root=${store}`, './.nix-jupyter/lab']
        await must('nix', [...FLAKES, ...copy], project.here())
        const there = await elsewhere('second', newest, [
          `git clone --quiet '${project.directory}' cloned`,
          'cloned/start --no-open',
          ...openAndStop('cloned'),
        ])
        expect(there.code, there.stderr).toBe(0)
        expect(there.stdout).toMatch(OPENED)
      })

      /** A file with the members that are given, and the last one that every bundle has. */
      const forge = async (name: string, make: string): Promise<string> => {
        const directory = join(world, `forge-${name}`)
        mkdirSync(join(directory, '.bundle'), { recursive: true })
        await must('tar', ['-xf', file, '-C', directory, '.bundle/manifest'])
        writeFiles(directory, { '.bundle/complete': '', '../evil': 'evil\n' })
        const forged = join(world, `${name}.bundle`)
        await must('sh', ['-c', `${make}; tar -cPf '${forged}' $members .bundle/complete`], { cwd: directory })
        return forged
      }

      test.each([
        [
          'cut short',
          'is not a whole file of `lab bundle`',
          async () => {
            writeFileSync(join(world, 'short'), readFileSync(file).subarray(0, 1_024_000))
            return join(world, 'short')
          },
        ],
        ['no bundle at all', 'is not a whole file of `lab bundle`', async () => join(project.directory, 'flake.nix')],
        ['not there', 'There is no file', async () => join(world, 'nowhere')],
        ['an option', 'needs the name of a file', () => Promise.resolve('--json')],
        [
          'with a name that leads elsewhere',
          'has names in it that lead elsewhere',
          () => forge('parent', 'members=".bundle/manifest ../evil"'),
        ],
        [
          'with a link in the place of the store',
          'has names in it that lead elsewhere',
          () => forge('link', 'ln -s / .bundle/store; members=".bundle/manifest .bundle/store"'),
        ],
        [
          'of another system',
          'was made on riscv64-linux. This computer is',
          () =>
            forge('system', 'sed -i "s/^system .*/system riscv64-linux/" .bundle/manifest; members=.bundle/manifest'),
        ],
        [
          'of another pin',
          'flake.lock is not the same',
          () =>
            forge(
              'pin',
              'sed -i "s/^file [0-9]* \\(.*flake.lock\\)/file 1 \\1/" .bundle/manifest; members=.bundle/manifest',
            ),
        ],
        [
          'of a newer version',
          'was written by a newer version',
          () => forge('newer', 'sed -i "s/^format .*/format 2/" .bundle/manifest; members=.bundle/manifest'),
        ],
      ] as const)('a file that is %s is refused in two lines, and nothing is changed', async (_, said, make) => {
        const refused = await run('my-lab/start', ['--no-open', `--from=${await make()}`], project.here({ cwd: world }))
        expect(refused.code, refused.stderr).toBe(1)
        expect(refused.stderr).toContain(said)
        expect(refused.stderr).toMatch(/^[^\n]+\n {2}Next: [^\n]+\n$/)
        expect(readdirSync(join(project.state, 'nix-jupyter')).filter((name) => name.startsWith('bundle.'))).toEqual([])
        expect((await project.status()).running).toBe(false)
      })
    })
  },
)

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { notRun } from '../support/abilities.ts'
import { readEnvironment } from '../support/environment.ts'
import { writeFiles } from '../support/home.ts'
import { addressIn, forPrograms, serviceIn } from '../support/lab-page.ts'
import { noOtherComputer, OtherComputer } from '../support/other-computer.ts'
import { listenersOf } from '../support/processes.ts'
import { Project } from '../support/project.ts'
import { must, type Result, until } from '../support/run.ts'
import { forNixAlone, isFilledByNix, isFirstOfItsKind, shownElsewhere, template } from '../support/template.ts'
import { KEYS, openTerminal } from '../support/terminal.ts'

const nixIsInItsStore = readEnvironment().nix.some(({ bin }) => bin.startsWith('/nix/'))
const reason = noOtherComputer || (nixIsInItsStore ? 'Nix is in the store that has to be empty' : '')
const RUN_IN_KERNEL = join(import.meta.dirname, '../support/run-in-kernel.py')
const EMPTY = { tmp: [], processes: [] }

describe.skipIf(Boolean(reason) || !isFirstOfItsKind)(
  `${template.id}: on another computer, by ssh${notRun(reason)}${shownElsewhere}`,
  () => {
    let project: Project
    let gpu: OtherComputer
    let before: string[]
    let started: Result
    const commands = new Set<string>()
    let isOver = false
    let watching: Promise<void>

    /** As who works here types it. */
    const type = (command: string, ...args: string[]) => typeIn(project.directory, command, ...args)
    const typeIn = (directory: string, command: string, ...args: string[]) =>
      gpu.here(join(directory, command), args, { cwd: directory })
    const status = async () => JSON.parse((await type('lab', 'status', '--json')).stdout)
    const connection = (is: string) =>
      until(`a connection that is ${is}`, async () => ((await status()).connection === is ? true : undefined))
    const there = () => join('.nix-jupyter-on', readdirSync(gpu.file('.nix-jupyter-on'))[0] ?? '', 'project')
    /** What of this project runs here, but for the watched commands themselves. */
    const runsHere = () =>
      allProcesses().filter(({ pid }) => read(`/proc/${pid}/environ`).includes(`SUPERVISED=${project.state}/`))
    const recordOfPlace = () =>
      readdirSync(join(project.state, 'nix-jupyter')).filter((name) =>
        existsSync(join(project.state, 'nix-jupyter', name, 'on.json')),
      )
    const isClean = () => {
      expect(gpu.left()).toEqual({ ...EMPTY, home: before })
      expect(runsHere()).toEqual([])
      expect(recordOfPlace()).toEqual([])
    }

    beforeAll(async () => {
      project = await Project.shared()
      gpu = await OtherComputer.begin(join(project.directory, '..'), project.env)
      before = gpu.left().home
      writeFiles(project.directory, {
        '.env': 'PASSWORD=only-for-my-computers\n',
        'notebooks/new.ipynb': '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n',
        'result-big': 'ignored by git\n',
      })
      // To the git of the project each of both is one name: it knows which commit of it, or nothing.
      for (const name of ['submodule', 'cloned']) {
        const within = { ...project.here(), cwd: join(project.directory, name) }
        writeFiles(project.directory, { [`${name}/lib.py`]: 'one = 1\n', [`${name}/.gitignore`]: 'ignored\n' })
        writeFiles(project.directory, { [`${name}/ignored`]: '' })
        await must('git', ['init', '--quiet'], within)
        await must('git', ['add', '.'], within)
        await must('git', ['commit', '--quiet', '--message', name], within)
      }
      await must('git', ['add', 'submodule'], project.here())
      watching = (async () => {
        while (!isOver) {
          for (const { command } of allProcesses()) commands.add(command)
          await pause(250)
        }
      })()
      started = await type('start', '--on', 'gpu', '--no-open')
      expect(started.code, started.stderr).toBe(0)
    })
    afterAll(async () => {
      isOver = true
      await watching
      if (recordOfPlace().length) await type('stop')
      await gpu?.remove()
      await project?.remove()
    })

    test('JupyterLab and the server run there, out of programs from here, and are opened here with their secrets', async () => {
      const url = forPrograms(addressIn(started.stdout))
      const ask = async (to: string | URL, headers = {}) => (await fetch(new URL(to, url), { headers })).status
      expect(await ask('/api/status')).toBe(403)
      expect(await ask('/api/status', { Authorization: `token ${url.searchParams.get('token')}` })).toBe(200)
      const server = forPrograms(serviceIn(started.stdout, 'server'))
      expect(await ask(server)).toBe(200)
      expect((await type('lab', 'url')).stdout.trim()).toBe(addressIn(started.stdout))
      expect(await status()).toMatchObject({
        running: true,
        on: 'gpu',
        connection: 'open',
        root: `/mnt/home/${there()}`,
      })
      const environment = JSON.parse(readFileSync(join(project.directory, '.nix-jupyter/lab/project.json'), 'utf8')).env
      expect((await status()).environment).toBe(environment)
    })

    describe.skipIf(!isFilledByNix)(`whatever packages come from PyPI${forNixAlone}`, () => {
      /** Runs a cell in a kernel of JupyterLab, by its address here. */
      const runCell = async (code: string, kernel: string | null): Promise<{ kernel: string; said: string }> => {
        const { environment, url } = await status()
        const input = JSON.stringify({ url, kernel, code })
        const ran = await gpu.here(join(environment, 'bin/python3'), [RUN_IN_KERNEL], { input })
        expect(ran.code, ran.stderr).toBe(0)
        return JSON.parse(ran.stdout)
      }

      test('the project is there as it is here, with .env and what is not committed, for its user alone', async () => {
        const directory = gpu.file(there())
        expect(statSync(gpu.file('.nix-jupyter-on')).mode & 0o777).toBe(0o700)
        expect(readFileSync(join(directory, '.env'), 'utf8')).toContain('PASSWORD')
        expect(statSync(join(directory, '.env')).mode & 0o777).toBe(0o600)
        expect(existsSync(join(directory, 'notebooks/new.ipynb'))).toBe(true)
        expect(['.git', 'result-big'].filter((name) => existsSync(join(directory, name)))).toEqual([])
        for (const name of ['submodule', 'cloned']) {
          expect(readdirSync(join(directory, name)).sort(), name).toEqual(['.gitignore', 'lib.py'])
        }
      })

      test('this computer listens on 127.0.0.1 alone, on the ports of there', async () => {
        const { services } = await status()
        const ports = services.map(({ port }: { port: number }) => `127.0.0.1:${port}`).sort()
        expect([...new Set(listenersOf(runsHere()))].sort()).toEqual(ports)
      })

      test('a second start says that it runs; another host, and a start here, are told so', async () => {
        const again = await type('start', '--on', 'gpu', '--no-open')
        expect(again.code, again.stderr).toBe(0)
        expect(addressIn(again.stdout)).toBe(addressIn(started.stdout))
        const other = await type('start', '--on', 'ada@other')
        expect(other.code).toBe(1)
        expect(other.stderr).toMatch(/^my-lab is on gpu already\.\n {2}Next: \S+lab start --again --on ada@other\n$/)
        expect((await type('lab', 'logs', 'jupyter')).stdout).toContain('Jupyter Server')
        expect((await type('lab', 'restart', 'server')).stdout).toBe('server restarted.\n')
      })

      test('started again from here, with what was changed there; there, it is said that only this computer can', async () => {
        const ask = 'import subprocess as s; print(s.run(["lab", "start", "--again"], stderr=s.PIPE, text=True).stderr)'
        expect((await runCell(ask, null)).said).toBe(
          'my-lab was started from another computer, which alone can start it again.\n' +
            `  Next: on that computer:  ${project.directory}/lab start --again`,
        )
        writeFiles(gpu.file(there()), { 'notebooks/before-again.ipynb': '{"made": "there"}\n' })
        started = await type('start', '--again', '--no-open')
        expect(started.code, started.stderr).toBe(0)
        expect(existsSync(join(project.directory, 'notebooks/before-again.ipynb'))).toBe(true)
        expect(await status()).toMatchObject({ running: true, on: 'gpu', connection: 'open' })
      })

      test.each(['status', 'url', 'logs'])(
        'what was removed there is named by %s, with the way out',
        async (command) => {
          renameSync(gpu.file('.nix-jupyter-on'), gpu.file('away'))
          const said = await type('lab', command).finally(() =>
            renameSync(gpu.file('away'), gpu.file('.nix-jupyter-on')),
          )
          expect([said.code, said.stderr]).toEqual([
            1,
            expect.stringMatching(
              /^What gpu had of this project was removed there\.\n {2}Next: \S+lab start --again --on gpu\n$/,
            ),
          ])
        },
      )

      test('when the cable is pulled the kernel goes on; when it is back, so is the connection, and what was changed meanwhile, wherever the project is by now', async () => {
        const { kernel } = await runCell('import threading; answer = 41; print("kept")', null)
        gpu.pullCable()
        await connection('lost')
        const url = await type('lab', 'url')
        expect([url.code, url.stdout]).toEqual([1, ''])
        expect(url.stderr).toContain('The connection to gpu is lost. my-lab keeps running there.')
        const stop = await type('stop')
        expect([stop.code, stop.stderr]).toEqual([
          1,
          expect.stringMatching(
            /gpu cannot be reached: .*\nAll is as it was there.*\n {2}Next: \S+lab stop .*: rm \S+on\.json\n$/,
          ),
        ])
        writeFiles(gpu.file(there()), { 'notebooks/made-there.ipynb': '{"made": "there"}\n' })
        const moved = `${project.directory}-moved`
        renameSync(project.directory, moved)
        expect((await typeIn(moved, 'lab', 'status')).stdout).toContain('The connection to gpu is lost.')
        gpu.plugCable()
        await until('the notebook', async () => existsSync(join(moved, 'notebooks/made-there.ipynb')) || undefined)
        expect(existsSync(project.directory)).toBe(false)
        renameSync(moved, project.directory)
        await connection('open')
        expect((await runCell('print(answer + 1)', kernel)).said).toBe('42')
      })

      test('when this computer loses everything that ran, a start finds what runs there, its kernel too', async () => {
        const { kernel } = await runCell('answer = 1; print("kept")', null)
        // All are stopped before the first is killed: what restores the connection would do so when it sees ssh end.
        for (const signal of ['SIGSTOP', 'SIGKILL']) for (const { pid } of runsHere()) process.kill(pid, signal)
        await connection('lost')
        const again = await type('start', '--no-open')
        expect(again.code, again.stderr).toBe(0)
        expect(addressIn(again.stdout)).toBe(addressIn(started.stdout))
        expect((await runCell('print(answer + 1)', kernel)).said).toBe('2')
      })

      test('where the disk here is full, stop names that disk, and what was changed stays there', async () => {
        const [data, changed] = [join(project.directory, 'data'), join(gpu.file(there()), 'data/big.bin')]
        mkdirSync(data, { recursive: true })
        writeFiles(gpu.file(there()), { 'data/big.bin': Buffer.alloc(2 ** 21, 1) })
        const lines = 'mount -t tmpfs -o size=1M tmpfs "$0" && exec "$1" stop'
        const full = await gpu.here('unshare', ['--mount', 'sh', '-c', lines, data, join(project.directory, 'lab')])
        expect([full.code, full.stderr.replace(/^Stopping .*\n/, '')]).toEqual([
          1,
          `The disk that holds ${data} is full, and what was changed on gpu and is not here yet is still there.\n` +
            `  Next: df -h ${data}\n`,
        ])
        expect(existsSync(changed)).toBe(true)
      })

      test('stop leaves what it cannot read or remove there, names it, and goes on when that is over', async () => {
        const directory = `/mnt/home/${there()}`
        writeFiles(gpu.file(there()), { 'data/broken.bin': '', 'data/disk/empty': '', 'data/whole.bin': 'whole\n' })
        // Nobody can read that, not even the administrator.
        await gpu.there(`mount --bind /proc/1/mem ${directory}/data/broken.bin`)
        const unreadable = await type('stop')
        expect([unreadable.code, unreadable.stderr]).toEqual([
          1,
          expect.stringMatching(
            /you may not read data\/broken\.bin\. Nothing was removed there\.\n {2}Next: ssh -t gpu '.*' && \S+lab stop\n$/,
          ),
        ])
        expect(readFileSync(join(project.directory, 'data/whole.bin'), 'utf8')).toBe('whole\n')
        await gpu.there(`umount ${directory}/data/broken.bin && mount -t tmpfs tmpfs ${directory}/data/disk`)
        const busy = await type('stop')
        expect([busy.code, busy.stderr]).toEqual([
          1,
          expect.stringMatching(
            /Not all could be removed there: .*disk.*\n {2}Next: ssh -t gpu '.*' && \S+lab stop\n$/,
          ),
        ])
        await gpu.there(`umount ${directory}/data/disk`)
        const over = await type('stop')
        expect(over.code, over.stderr).toBe(0)
        isClean()
        const again = await type('start', '--on', 'gpu', '--no-open')
        expect(again.code, again.stderr).toBe(0)
      })

      test('stop brings back what was changed there, overwrites nothing, and leaves nothing', async () => {
        const [mine, theirs] = [project.directory, gpu.file(there())]
        writeFiles(theirs, {
          'server.py': '# there\n',
          'notebooks/new.ipynb': '{"new": 1}\n',
          'result-big': 'made there\n',
          'models/one.bin': Buffer.from([0, 255, 1]),
        })
        rmSync(join(theirs, 'README.md'))
        for (const [to, name] of [
          ['one.bin', 'models/latest.bin'],
          ['../models', 'notebooks/models'],
          ['/data/big', 'big'],
          ['../.git', 'models/git'],
        ] as const)
          symlinkSync(to, join(theirs, name))
        writeFiles(mine, { 'server.py': '# here\n' })
        const stopped = await type('stop')
        expect(stopped.code, stopped.stderr).toBe(0)
        expect(stopped.stdout.split('\n')).toEqual([
          expect.stringMatching(/^Changed on gpu, and changed here now: .*models\/one\.bin/),
          'result-big was changed here, too. How it is on gpu: from-gpu/result-big',
          'server.py was changed here, too. How it is on gpu: from-gpu/server.py',
          'Links on gpu that are not the same here: big -> /data/big, models/git -> ../.git.',
          'Deleted on gpu, and kept here: README.md.',
          'my-lab is stopped, and nothing of it is left on gpu.',
          '',
        ])
        const text = (name: string) => readFileSync(join(mine, name), 'utf8')
        expect([text('server.py'), text('from-gpu/server.py')]).toEqual(['# here\n', '# there\n'])
        expect([text('result-big'), text('from-gpu/result-big')]).toEqual(['ignored by git\n', 'made there\n'])
        expect([text('notebooks/new.ipynb'), existsSync(join(mine, 'README.md'))]).toEqual(['{"new": 1}\n', true])
        expect(readFileSync(join(mine, 'notebooks/models/latest.bin'))).toEqual(Buffer.from([0, 255, 1]))
        expect([readlinkSync(join(mine, 'models/latest.bin')), existsSync(join(mine, 'models/git'))]).toEqual([
          'one.bin',
          false,
        ])
        isClean()
        expect(await gpu.there('ls /nix/var/nix/gcroots/auto')).toBe('')
        expect((await type('lab', 'status')).stdout).toContain('my-lab is not running.')
        expect((await type('stop')).stdout).toBe('my-lab was not running.\n')
      })

      test('no command line, here or there, has held a secret', () => {
        const seen = [...commands].join('\n')
        expect(seen).toContain('ServerAliveInterval')
        expect(seen).toContain('process-compose up')
        for (const service of ['token', 'key']) {
          const secret = new RegExp(`[?]${service}=([0-9a-f]{32,})`).exec(started.stdout)?.[1]
          expect(secret).toBeTruthy()
          expect(seen).not.toContain(secret)
        }
        expect(seen).not.toContain('only-for-my-computers')
      })

      test.each([
        [
          'nobody answers',
          'nowhere.invalid',
          /^(Connecting.*\n)?nowhere\.invalid cannot be reached: .*resolve.*\n {2}Next: ssh nowhere\.invalid\n$/,
        ],
        [
          'the key is not known',
          'stranger',
          /^(Connecting.*\n)?stranger is not known here: ssh has no key to compare\.\n {2}Next: ssh stranger .*\n$/,
        ],
        ['has a port', 'ada@gpu:22', /^ssh takes a port .*\n {2}Next: \S+lab start --on ssh:\/\/ada@gpu:22\n$/],
        ['is this computer', 'self', /^(Connecting.*\n)?self is this computer\.\n {2}Next: \S+lab start\n$/],
        [
          'is no host',
          '-oProxyCommand=true',
          /^"-oProxyCommand=true" is not a name that ssh accepts\.\n {2}Next: .*\n$/,
        ],
      ])('a host where %s is refused in two lines, and nothing is left', async (_, host, said) => {
        const refused = await type('start', `--on=${host}`, '--no-open')
        expect(refused.code).not.toBe(0)
        expect(refused.stderr).toMatch(said)
        isClean()
      })

      describe('without Nix there', () => {
        beforeAll(async () => {
          await gpu.there('mount --bind /dev/null "$(readlink -f "$(command -v nix)")"')
        })
        afterAll(async () => {
          gpu.setShell('/bin/bash')
          await gpu.there('umount "$(readlink -f "$(command -v nix || echo /usr/bin/nix)")"')
        })

        describe.each([
          ['bash', 'gpu+1'],
          ['fish', 'ssh://gpu'],
          ['zsh', 'ssh://root@gpu:22'],
          ['tcsh', 'CORP\\ada@köln'],
        ])('and a login shell', (shell, host) => {
          const path = `/usr/bin/${shell}`
          const none = existsSync(path) ? '' : `there is no ${path}`
          test.skipIf(Boolean(none))(`${shell}: it says so and leaves nothing${notRun(none)}`, async () => {
            gpu.setShell(path)
            const without = await type('start', '--on', host, '--no-open')
            const typed = /^[\w@:/+]+$/.test(host) ? host : `'${host}'`
            const said = `Nix is not installed on ${host}.\n  Next: ssh -t ${typed} 'curl -L https:`
            expect([without.code, without.stderr]).toEqual([1, expect.stringContaining(said)])
            isClean()
          })
        })
      })

      test('where ssh leads nobody to a port, it says so and leaves nothing', async () => {
        const tight = await type('start', '--on', 'tight@gpu', '--no-open')
        expect([tight.code, tight.stderr]).toEqual([
          1,
          expect.stringMatching(/leads nobody to the ports of .*\n {2}Next: .*: AllowTcpForwarding yes\n$/),
        ])
        isClean()
      })

      test('where ssh lets one command in at a time, what is refused beside another says so', async () => {
        await type('stop')
        await must('git', ['checkout', '--quiet', 'server.py'], project.here())
        const single = await type('start', '--on', 'single@gpu', '--no-open')
        expect(single.code, single.stderr).toBe(0)
        const command = [...gpu.inside(), join(project.directory, 'lab'), 'logs', '-f']
        const session = openTerminal(['nsenter', ...command], { cwd: project.directory, env: project.env })
        await session.see('Jupyter Server')
        for (const command of ['status', 'url', 'logs', 'stop']) {
          const refused = await type('lab', command)
          expect([refused.code, refused.stderr], command).toEqual([
            1,
            expect.stringMatching(
              /^(Stopping.*\n)?single@gpu lets no more commands in .*MaxSessions.*\n {2}Next: .*logs -f.*\n$/,
            ),
          ])
        }
        session.type(KEYS.ctrlC)
        expect(await session.exited).toBe(0)
        await connection('open')
        expect((await type('stop')).code).toBe(0)
        isClean()
      })

      test('with a full disk there, it says so and leaves nothing', async () => {
        await gpu.there('mount -t tmpfs -o size=100k tmpfs /mnt/home')
        const full = await type('start', '--on', 'gpu', '--no-open')
        expect([full.code, full.stderr]).toEqual([
          1,
          expect.stringMatching(/The disk of gpu is full\.\n {2}Next: ssh gpu df -h \.\n$/),
        ])
        await gpu.there('ls -A /mnt/home; umount /mnt/home').then((left) => expect(left).toBe(''))
        isClean()
      })

      test('Ctrl-C in the middle leaves nothing, here and there', async () => {
        const command = [...gpu.inside(), join(project.directory, 'start'), '--on', 'gpu']
        const session = openTerminal(['nsenter', ...command], { cwd: project.directory, env: project.env })
        await session.see('Starting jupyter')
        session.type(KEYS.ctrlC)
        expect(await session.exited).toBe(130)
        isClean()
        const others = await gpu.others()
        expect(others.begun).toBeGreaterThan(0)
        expect(others.ended, 'programs that are not ours').toEqual([])
      })

      test('a project that runs here is not started there as well', async () => {
        await must('git', ['checkout', '--quiet', 'server.py'], project.here())
        expect((await project.start()).code).toBe(0)
        const refused = await type('start', '--on', 'gpu', '--no-open')
        expect(refused.stderr).toMatch(/^my-lab runs on this computer\.\n {2}Next: \S+lab start --again --on gpu\n$/)
        expect(gpu.left().home).toEqual(before)
        const moved = await type('start', '--again', '--on', 'gpu', '--no-open')
        expect(moved.code, moved.stderr).toBe(0)
        expect((await type('stop')).code).toBe(0)
        expect(gpu.left().home).toEqual(before)
      })
    })
  },
)

function allProcesses(): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), command: read(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim() }))
}

/** A file of /proc; empty where the process has ended meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

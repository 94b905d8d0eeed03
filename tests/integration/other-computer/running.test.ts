import { existsSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { notRun } from '../../support/abilities.ts'
import { writeFiles } from '../../support/home.ts'
import { addressIn, forPrograms, serviceIn } from '../../support/lab-page.ts'
import { noOtherComputer, type OtherComputer } from '../../support/other-computer.ts'
import { listenersOf } from '../../support/processes.ts'
import type { Project } from '../../support/project.ts'
import { ProjectElsewhere } from '../../support/project-elsewhere.ts'
import { type Result, until } from '../../support/run.ts'
import { forNixAlone, isFilledByNix, isFirstOfItsKind, shownElsewhere, template } from '../../support/template.ts'

const RUN_IN_KERNEL = join(import.meta.dirname, '../../support/run-in-kernel.py')

describe.skipIf(Boolean(noOtherComputer) || !isFirstOfItsKind)(
  `${template.id}: on another computer, by ssh, while it runs${notRun(noOtherComputer)}${shownElsewhere}`,
  () => {
    let elsewhere: ProjectElsewhere
    let project: Project
    let gpu: OtherComputer
    let started: Result

    beforeAll(async () => {
      elsewhere = await ProjectElsewhere.begin()
      ;({ project, gpu } = elsewhere)
      started = await elsewhere.start('--on', 'gpu')
    })
    afterAll(() => elsewhere?.remove())

    test('JupyterLab and the server run there, out of programs from here, and are opened here with their secrets', async () => {
      const url = forPrograms(addressIn(started.stdout))
      const ask = async (to: string | URL, headers = {}) => (await fetch(new URL(to, url), { headers })).status
      expect(await ask('/api/status')).toBe(403)
      expect(await ask('/api/status', { Authorization: `token ${url.searchParams.get('token')}` })).toBe(200)
      const server = forPrograms(serviceIn(started.stdout, 'server'))
      expect(await ask(server)).toBe(200)
      expect((await elsewhere.type('lab', 'url')).stdout.trim()).toBe(addressIn(started.stdout))
      expect(await elsewhere.status()).toMatchObject({
        running: true,
        on: 'gpu',
        connection: 'open',
        root: `/mnt/home/${elsewhere.there()}`,
      })
      const environment = JSON.parse(readFileSync(join(project.directory, '.nix-jupyter/lab/project.json'), 'utf8')).env
      expect((await elsewhere.status()).environment).toBe(environment)
    })

    describe.skipIf(!isFilledByNix)(`whatever packages come from PyPI${forNixAlone}`, () => {
      /** Runs a cell in a kernel of JupyterLab, by its address here. */
      const runCell = async (code: string, kernel: string | null): Promise<{ kernel: string; said: string }> => {
        const { environment, url } = await elsewhere.status()
        const input = JSON.stringify({ url, kernel, code })
        const ran = await gpu.here(join(environment, 'bin/python3'), [RUN_IN_KERNEL], { input })
        expect(ran.code, ran.stderr).toBe(0)
        return JSON.parse(ran.stdout)
      }

      test('the project is there as it is here, with .env and what is not committed, for its user alone', async () => {
        const directory = gpu.file(elsewhere.there())
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
        const { services } = await elsewhere.status()
        const ports = services.map(({ port }: { port: number }) => `127.0.0.1:${port}`).sort()
        expect([...new Set(listenersOf(elsewhere.runsHere()))].sort()).toEqual(ports)
      })

      test('a second start says that it runs; another host, and a start here, are told so', async () => {
        const again = await elsewhere.start('--on', 'gpu')
        expect(addressIn(again.stdout)).toBe(addressIn(started.stdout))
        const other = await elsewhere.type('start', '--on', 'ada@other')
        expect(other.code).toBe(1)
        expect(other.stderr).toMatch(/^my-lab is on gpu already\.\n {2}Next: \S+lab start --again --on ada@other\n$/)
        expect((await elsewhere.type('lab', 'logs', 'jupyter')).stdout).toContain('Jupyter Server')
        expect((await elsewhere.type('lab', 'restart', 'server')).stdout).toBe('server restarted.\n')
      })

      test('started again from here, with what was changed there; there, it is said that only this computer can', async () => {
        const ask = 'import subprocess as s; print(s.run(["lab", "start", "--again"], stderr=s.PIPE, text=True).stderr)'
        expect((await runCell(ask, null)).said).toBe(
          'my-lab was started from another computer, which alone can start it again.\n' +
            `  Next: on that computer:  ${project.directory}/lab start --again`,
        )
        writeFiles(gpu.file(elsewhere.there()), { 'notebooks/before-again.ipynb': '{"made": "there"}\n' })
        started = await elsewhere.start('--again')
        expect(existsSync(join(project.directory, 'notebooks/before-again.ipynb'))).toBe(true)
        expect(await elsewhere.status()).toMatchObject({ running: true, on: 'gpu', connection: 'open' })
      })

      test.each(['status', 'url', 'logs'])(
        'what was removed there is named by %s, with the way out',
        async (command) => {
          renameSync(gpu.file('.nix-jupyter-on'), gpu.file('away'))
          const said = await elsewhere
            .type('lab', command)
            .finally(() => renameSync(gpu.file('away'), gpu.file('.nix-jupyter-on')))
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
        await elsewhere.untilConnection('lost')
        expect(await elsewhere.status()).toMatchObject({ running: null, root: null, url: null, services: [] })
        const url = await elsewhere.type('lab', 'url')
        expect([url.code, url.stdout]).toEqual([1, ''])
        expect(url.stderr).toContain('The connection to gpu is lost. my-lab keeps running there.')
        const stop = await elsewhere.type('stop')
        expect([stop.code, stop.stderr]).toEqual([
          1,
          expect.stringMatching(
            /gpu cannot be reached: .*\nAll is as it was there.*\n {2}Next: \S+lab stop .*: rm \S+on\.json\n$/,
          ),
        ])
        writeFiles(gpu.file(elsewhere.there()), { 'notebooks/made-there.ipynb': '{"made": "there"}\n' })
        const moved = `${project.directory}-moved`
        renameSync(project.directory, moved)
        expect((await elsewhere.typeIn(moved, 'lab', 'status')).stdout).toContain('The connection to gpu is lost.')
        gpu.plugCable()
        await until('the notebook', async () => existsSync(join(moved, 'notebooks/made-there.ipynb')) || undefined)
        expect(existsSync(project.directory)).toBe(false)
        renameSync(moved, project.directory)
        await elsewhere.untilConnection('open')
        expect((await runCell('print(answer + 1)', kernel)).said).toBe('42')
      })

      test('when this computer loses everything that ran, a start finds what runs there, its kernel too', async () => {
        const { kernel } = await runCell('answer = 1; print("kept")', null)
        // All are stopped before the first is killed: what restores the connection would do so when it sees ssh end.
        for (const signal of ['SIGSTOP', 'SIGKILL'])
          for (const { pid } of elsewhere.runsHere()) process.kill(pid, signal)
        await elsewhere.untilConnection('lost')
        const again = await elsewhere.start()
        expect(addressIn(again.stdout)).toBe(addressIn(started.stdout))
        expect((await runCell('print(answer + 1)', kernel)).said).toBe('2')
      })

      test('stop leaves nothing of all that, here and there', async () => {
        const stopped = await elsewhere.type('stop')
        expect(stopped.code, stopped.stderr).toBe(0)
        elsewhere.expectNothingLeft()
        await elsewhere.expectOthersRun()
      })

      test('no command line, here or there, has held a secret', () => elsewhere.expectNoSecretTyped(started))
    })
  },
)

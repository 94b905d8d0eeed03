import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FLAKES } from '../support/cache.mjs'
import { newestNix, readEnvironment } from '../support/environment.ts'
import { addressIn, forPrograms } from '../support/lab-page.ts'
import { answers, listenersOf, processesOf } from '../support/processes.ts'
import { Project, type Status } from '../support/project.ts'
import { must, type Result, run, until } from '../support/run.ts'
import { filesInStoreWith } from '../support/store.ts'
import { isFirstOfItsKind, shownElsewhere, template } from '../support/template.ts'

// What runs is the same whichever Nix entered the shell, so one tier shows it with all of them. How it is started, watched and
// stopped is the same in all templates that fill their environment in the same way.
const environment = readEnvironment()
const versions = template.id === 'minimal' ? environment.nix : [newestNix(environment)]

describe.runIf(isFirstOfItsKind).each(versions)(
  `${template.id}: start to stop, with Nix $version${shownElsewhere}`,
  (nix) => {
    let project: Project
    let started: Result
    let printed: string
    let url: URL

    beforeAll(async () => {
      project = await Project.enteredWith(nix)
      started = await project.start()
      expect(started.code, started.stderr).toBe(0)
      printed = addressIn(started.stdout)
      url = forPrograms(printed)
    })
    afterAll(() => project?.remove())

    const ask = (path: string, token?: string) => fetch(new URL(path, url), headers(token))
    const headers = (token?: string) => (token ? { headers: { Authorization: `token ${token}` } } : {})
    const token = () => url.searchParams.get('token') ?? ''
    const service = (status: Status, name: string) => {
      const found = status.services.find((one) => one.name === name)
      if (!found) throw new Error(`no service ${name} in ${JSON.stringify(status)}`)
      return found
    }

    test('JupyterLab answers with its token, and with no other', async () => {
      expect((await ask('/api/status', token())).status).toBe(200)
      expect((await ask('/api/status')).status).toBe(403)
      expect((await ask('/api/status', `${token()}x`)).status).toBe(403)
      expect((await ask('/api/status?token=')).status).toBe(403)
    })

    test('a request that changes something needs the token, or the XSRF cookie of a login', async () => {
      const sessions = await fetch(new URL('/api/kernels', url), { method: 'POST', body: '{}' })
      expect(sessions.status).toBe(403)
      const login = await fetch(url, { redirect: 'manual' })
      const cookies = login.headers.getSetCookie().map((cookie) => cookie.split(';')[0])
      const loggedIn = { Cookie: cookies.filter((cookie) => !cookie?.startsWith('_xsrf')).join('; ') }
      expect((await fetch(new URL('/api/status', url), { headers: loggedIn })).status).toBe(200)
      const forged = await fetch(new URL('/api/kernels', url), { method: 'POST', body: '{}', headers: loggedIn })
      expect(forged.status).toBe(403)
    })

    test('server.py answers on its own port', async () => {
      const status = await project.statusInShell()
      const { port } = service(status, 'server')
      const health = await fetch(`http://127.0.0.1:${port}/healthz`)
      expect([health.status, await health.text()]).toEqual([200, 'ok'])
      expect(status).toMatchObject({ project: 'my-lab', root: project.directory, running: true })
      expect(status.services.every((one) => one.running && one.ready)).toBe(true)
    })

    test('a coding agent sees a page with the command that AGENTS.md has for that, and no command line has the key', async () => {
      const status = await project.status()
      const { url: address } = service(status, 'server')
      const bin = join(project.directory, '../seen')
      mkdirSync(bin, { recursive: true })
      writeFileSync(
        join(bin, 'curl'),
        `#!/bin/sh\necho "$@" >"$0.words"\nPATH=\${PATH#*"\${0%/*}:"}\nexec curl "$@"\n`,
        { mode: 0o755 },
      )
      const told = readFileSync(join(project.directory, 'AGENTS.md'), 'utf8')
      const [, command = ''] = /`(nix develop [^`]*curl [^`]*) ADDRESS'`/.exec(told) ?? []
      const words = `${command.replace('nix', `nix ${FLAKES.map((flag) => `'${flag}'`).join(' ')}`)} ${address}'`
      const asked = await run('sh', ['-c', words], project.here({ env: { PATH: `${bin}:${project.env.PATH}` } }))
      expect(asked.stdout, `${words}: ${asked.stderr}`).toContain('<title>')
      const seen = readFileSync(join(bin, 'curl.words'), 'utf8')
      expect(seen).toContain(address)
      expect(seen).not.toContain(readFileSync(join(status.state, 'key'), 'utf8').trim())
    })

    test('everything listens on 127.0.0.1 and nothing else', () => {
      const listeners = listenersOf(processesOf(project.state))
      expect(listeners.length).toBeGreaterThanOrEqual(2)
      expect(listeners.filter((address) => !address.startsWith('127.0.0.1:'))).toEqual([])
    })

    test('the token is in no command line, no log and no file that others can read', async () => {
      for (const process of processesOf(project.state)) expect(process.command).not.toContain(token())
      const { state } = await project.status()
      const found = await must('sh', ['-c', 'grep -rlF -- "$0" "$1" || true', token(), join(state, 'log')])
      expect(found).toBe('')
    })

    test('a second start says that it runs, and changes nothing', async () => {
      const before = await project.status()
      const second = await project.start()
      expect(second.code, second.stderr).toBe(0)
      expect(second.stdout).toContain(printed)
      expect(await project.status()).toEqual(before)
    })

    test('`lab url` prints the address, and logs tell what happened', async () => {
      expect((await project.lab('url')).stdout.trim()).toBe(printed)
      // The last lines, whatever they are.
      expect((await project.lab('logs', 'jupyter')).stdout).toContain('ServerApp]')
    })

    test('`nix run .#lab -- status` does the same from outside', async () => {
      const result = await project.nixCommand(['run', '.#lab', '--', 'status', '--json'])
      expect(JSON.parse(result.stdout)).toMatchObject({ running: true, root: project.directory })
      const wrong = await project.nixCommand(['run', '.#lab', '--', 'statu'])
      expect(wrong.stderr).toContain(`Did you mean "status"?\n  Next: ${project.directory}/lab --help\n`)
    })

    test.each(['jupyter', 'server'])('%s comes back after kill -9', async (name) => {
      const before = service(await project.status(), name)
      process.kill(before.pid, 'SIGKILL')
      const after = await until(`${name} runs again`, async () => {
        const now = service(await project.status(), name)
        return now.ready && now.pid !== before.pid ? now : undefined
      })
      expect(after.port).toBe(before.port)
      expect(after.restarts).toBeGreaterThan(before.restarts)
    })

    test('the project stays as git knows it, and no secret reaches the Nix store', async () => {
      expect(await project.gitStatus()).toBe('')
      expect(await filesInStoreWith(token())).toBe('')
    })

    test('stop ends it all: no process, no socket, no port', async () => {
      const status = await project.status()
      // A kernel is a process of its own, in a session of its own: it has to end as well.
      const kernel = await fetch(new URL('/api/kernels', url), { method: 'POST', body: '{}', ...headers(token()) })
      expect(kernel.status).toBe(201)
      await until('the kernel runs', async () =>
        processesOf(project.state).find(({ command }) => /ipykernel/.test(command)),
      )
      const stopped = await project.stop()
      expect(stopped.code, stopped.stderr).toBe(0)
      expect(stopped.stderr).not.toMatch(/building/i)
      expect(processesOf(project.state)).toEqual([])
      for (const { port } of status.services) expect(await answers(port)).toBe(false)
      expect(existsSync(join(status.state, 'pc.sock'))).toBe(false)
      expect((await project.status()).running).toBe(false)
      expect((await project.stop()).code).toBe(0)
      expect(await project.gitStatus()).toBe('')
    })

    test('keeps its ports and its token for the next time', async () => {
      const again = await project.start()
      expect(again.stdout).toContain(printed)
      const log = readFileSync(join((await project.status()).state, 'log', 'jupyter.log'), 'utf8')
      expect(log).not.toContain(token())
    })

    test('starts also where its standard streams are closed', async () => {
      expect((await project.stop()).code).toBe(0)
      const words = ['-c', '"$0" --no-open <&- >&- 2>&-', join(project.directory, 'start')]
      expect((await run('sh', words, project.here())).code).toBe(0)
      expect((await project.status()).running).toBe(true)
    })
  },
)

import { once } from 'node:events'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { notRun } from '../../support/abilities.ts'
import { addressIn, forPrograms } from '../../support/lab-page.ts'
import { noOtherComputer, type OtherComputer } from '../../support/other-computer.ts'
import type { Project } from '../../support/project.ts'
import { ProjectElsewhere } from '../../support/project-elsewhere.ts'
import { must, until } from '../../support/run.ts'
import { forNixAlone, isFilledByNix, isFirstOfItsKind, shownElsewhere, template } from '../../support/template.ts'
import { openTerminal } from '../../support/terminal.ts'

/** A name that is no text, and one that a terminal would obey. */
const [LATIN, RED] = [Buffer.from('caf\xe9.txt', 'latin1'), 'red\x1b[31m\n.txt']

describe.skipIf(Boolean(noOtherComputer) || !isFirstOfItsKind || !isFilledByNix)(
  `${template.id}: another computer, however it is set up, and this one${notRun(noOtherComputer)}${forNixAlone || shownElsewhere}`,
  () => {
    let elsewhere: ProjectElsewhere
    let project: Project
    let gpu: OtherComputer
    let bashrc: string
    let settings: string

    const started = async (...args: string[]) => addressIn((await elsewhere.start(...args)).stdout)
    const stopped = async () => {
      const stop = await elsewhere.type('stop')
      expect(stop.code, stop.stderr).toBe(0)
      return stop.stdout
    }
    const there = () => gpu.file(elsewhere.there())
    const configuration = () => join(String(project.env.HOME), '.ssh/config')

    beforeAll(async () => {
      elsewhere = await ProjectElsewhere.begin()
      ;({ project, gpu } = elsewhere)
      bashrc = readFileSync(gpu.file('.bashrc'), 'utf8')
      settings = readFileSync(configuration(), 'utf8')
    })
    afterEach(async () => {
      writeFileSync(gpu.file('.bashrc'), bashrc)
      writeFileSync(configuration(), settings)
      if (existsSync(gpu.file('.nix-jupyter-on'))) await elsewhere.type('stop')
    })
    afterAll(() => elsewhere?.remove())

    test('each start there has the same address, and who has opened it goes on; another computer learns nothing of it', async () => {
      const address = await started('--on', 'gpu')
      const opened = await fetch(forPrograms(address), { redirect: 'manual' })
      const cookies = opened.headers.getSetCookie().map((cookie) => cookie.split(';')[0])
      const goesOn = async () => {
        const { status } = await fetch(new URL('/api/status', forPrograms(address)), {
          headers: { Cookie: cookies.join('; ') },
        })
        return status
      }
      expect(await goesOn()).toBe(200)
      expect(await started('--again')).toBe(address)
      expect(await goesOn()).toBe(200)
      await stopped()
      expect(await started('--on', 'gpu')).toBe(address)
      expect(await goesOn()).toBe(200)
      await stopped()

      const [name] = readdirSync(join(project.state, 'nix-jupyter'))
      const secret = join(project.state, 'nix-jupyter', String(name), 'secret')
      expect(statSync(secret).mode & 0o777).toBe(0o600)
      const other = await started('--on', 'root@gpu')
      for (const part of ['host', 'search'] as const) expect(new URL(other)[part]).not.toBe(new URL(address)[part])
      await expect(gpu.there(`grep -rqF ${readFileSync(secret, 'utf8')} /mnt/home /tmp`)).rejects.toThrow(
        'ended with 1',
      )
      await stopped()
    })

    test('what a computer kept that was given up is found by the next start there, and a start that fails takes none of it away', async () => {
      const address = await started('--on', 'gpu')
      writeFileSync(join(there(), 'made-there.txt'), 'there\n')
      rmSync(elsewhere.record())
      for (const signal of ['SIGSTOP', 'SIGKILL']) {
        for (const { pid } of elsewhere.runsHere()) process.kill(pid, signal)
      }
      await until('the end of what ran here', async () => elsewhere.runsHere().length === 0 || undefined)
      const taken = createServer().listen(Number(new URL(address).port), '127.0.0.1')
      await once(taken, 'listening')
      const refused = await elsewhere.type('start', '--on', 'gpu', '--no-open')
      taken.close()
      expect(refused.stderr).toMatch(/Port \d+, which my-lab has on gpu, is taken here by /)
      expect(readFileSync(join(project.directory, 'made-there.txt'), 'utf8')).toBe('there\n')
      expect(existsSync(there())).toBe(true)
      rmSync(elsewhere.record())
      expect(await started('--on', 'gpu')).toBe(address)
      expect(readdirSync(gpu.file('.nix-jupyter-on'))).toHaveLength(1)
      await stopped()
      elsewhere.expectNothingLeft()
    })

    test('with a .bashrc that goes elsewhere, and next to no room in /tmp, what was made there comes back', async () => {
      writeFileSync(gpu.file('.bashrc'), `${bashrc}cd /tmp\numask 000\n`)
      await gpu.there('mount -t tmpfs -o size=2M tmpfs /tmp')
      await started('--on', 'gpu')
      expect(readdirSync(gpu.file('.nix-jupyter-on'))).toHaveLength(1)
      writeFileSync(join(there(), 'big.bin'), Buffer.alloc(20_000_000, 1))
      const said = await stopped()
      expect(said).toMatch(/^Changed on gpu, and changed here now: big\.bin\.\n/)
      expect(statSync(join(project.directory, 'big.bin')).size).toBe(20_000_000)
      elsewhere.expectNothingLeft()
      await gpu.there('umount /tmp')
    })

    test('files whose names are no text come along and back, and a terminal obeys none', async () => {
      const within = (directory: string, name: string | Buffer) =>
        Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(name)])
      for (const name of [LATIN, RED]) writeFileSync(within(project.directory, name), 'here\n')
      await started('--on', 'gpu')
      for (const name of [LATIN, RED]) {
        expect(readFileSync(within(there(), name), 'utf8')).toBe('here\n')
        writeFileSync(within(there(), name), 'there\n')
      }
      const said = await stopped()
      expect(said).toContain('caf\\xe9.txt')
      expect(said).toContain('red\\x1b[31m\\x0a.txt')
      expect(said).not.toContain('\x1b')
      for (const name of [LATIN, RED]) {
        expect(readFileSync(within(project.directory, name), 'utf8')).toBe('there\n')
        rmSync(within(project.directory, name))
      }
    })

    test('a full /tmp there is named, with what shows it', async () => {
      await gpu.there('mount -t tmpfs -o size=4k tmpfs /tmp')
      await gpu.there('head -c 4096 /dev/zero >/tmp/full || :')
      const full = await elsewhere.type('start', '--on', 'gpu', '--no-open')
      await gpu.there('umount /tmp')
      expect([full.code, full.stderr]).toEqual([
        1,
        expect.stringMatching(/The disk that holds \/tmp is full, .*\n {2}Next: ssh gpu 'df -h \/tmp'\n/),
      ])
    })

    test.each(['QUIET', 'DEBUG3'])('ssh says why it cannot connect, with LogLevel %s too', async (level) => {
      const unknown = `Host closed\n  HostName 127.0.0.1\n  Port 1\n`
      writeFileSync(configuration(), `${settings}${unknown}Host *\n  LogLevel ${level}\n`)
      const refused = await elsewhere.type('start', '--on', 'closed', '--no-open')
      expect([refused.code, refused.stderr]).toEqual([
        1,
        expect.stringMatching(
          /^(Connecting.*\n)?closed cannot be reached: .*Connection refused\n {2}Next: ssh closed\n$/,
        ),
      ])
    })

    test('where the key is another than before, it is said', async () => {
      const hosts = join(String(project.env.HOME), '.ssh/known_hosts')
      const known = readFileSync(hosts, 'utf8')
      const own = readFileSync(join(String(project.env.HOME), '.ssh/id_ed25519.pub'), 'utf8')
      writeFileSync(hosts, `${known.split(' ')[0]} ${own}`)
      const refused = await elsewhere.type('start', '--on', 'gpu', '--no-open')
      writeFileSync(hosts, known)
      expect([refused.code, refused.stderr]).toEqual([
        1,
        expect.stringMatching(/^(Connecting.*\n)?gpu shows another key than before: .*\n {2}Next: ssh gpu .*\n$/),
      ])
    })

    test('two people with one account there do not meet', async () => {
      const second = join(project.directory, '../second')
      const home = join(second, '../home-of-second')
      cpSync(String(project.env.HOME), home, { recursive: true })
      await must('git', ['clone', '--quiet', project.directory, second], project.here())
      const env = { ...project.env, HOME: home, XDG_STATE_HOME: join(home, 'state') }
      const typeAsSecond = (command: string, ...args: string[]) =>
        gpu.here(join(second, command), args, { cwd: second, env })
      const [address, start] = await Promise.all([
        started('--on', 'gpu'),
        typeAsSecond('start', '--on', 'gpu', '--no-open'),
      ])
      expect(start.code, start.stderr).toBe(0)
      expect(new URL(addressIn(start.stdout)).host).not.toBe(new URL(address).host)
      expect(readdirSync(gpu.file('.nix-jupyter-on'))).toHaveLength(2)
      await stopped()
      expect((await typeAsSecond('lab', 'url')).stdout.trim()).toBe(addressIn(start.stdout))
      expect((await typeAsSecond('stop')).code).toBe(0)
      elsewhere.expectNothingLeft()
    })

    test('a key with a passphrase is asked for in the terminal', async () => {
      const key = join(String(project.env.HOME), '.ssh/id_ed25519')
      await must('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'open sesame', '-f', key])
      const command = [...gpu.inside(), join(project.directory, 'start'), '--on', 'gpu', '--no-open']
      const env = { ...project.env, CI: undefined }
      const session = openTerminal(['nsenter', ...command], { cwd: project.directory, env })
      await session.see('Enter passphrase for key')
      session.type('open sesame\r')
      await session.see('It runs on gpu.')
      expect(await session.exited).toBe(0)
      expect(session.raw()).not.toContain('sesame')
      await stopped()
      await must('ssh-keygen', ['-q', '-p', '-N', '', '-P', 'open sesame', '-f', key])
      expect(existsSync(gpu.file('.nix-jupyter-on'))).toBe(false)
    })
  },
)

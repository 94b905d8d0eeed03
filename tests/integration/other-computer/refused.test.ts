import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { notRun } from '../../support/abilities.ts'
import { noOtherComputer, type OtherComputer } from '../../support/other-computer.ts'
import { ProjectElsewhere } from '../../support/project-elsewhere.ts'
import { forNixAlone, isFilledByNix, isFirstOfItsKind, shownElsewhere, template } from '../../support/template.ts'
import { KEYS } from '../../support/terminal.ts'

describe.skipIf(Boolean(noOtherComputer) || !isFirstOfItsKind || !isFilledByNix)(
  `${template.id}: on another computer, by ssh, what is refused${notRun(noOtherComputer)}${forNixAlone || shownElsewhere}`,
  () => {
    let elsewhere: ProjectElsewhere
    let gpu: OtherComputer

    beforeAll(async () => {
      elsewhere = await ProjectElsewhere.begin()
      gpu = elsewhere.gpu
    })
    afterAll(() => elsewhere?.remove())

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
      ['is no host', '-oProxyCommand=true', /^"-oProxyCommand=true" is not a name that ssh accepts\.\n {2}Next: .*\n$/],
    ])('a host where %s is refused in two lines, and nothing is left', async (_, host, said) => {
      const refused = await elsewhere.type('start', `--on=${host}`, '--no-open')
      expect(refused.code).not.toBe(0)
      expect(refused.stderr).toMatch(said)
      elsewhere.expectNothingLeft()
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
          const without = await elsewhere.type('start', '--on', host, '--no-open')
          const typed = /^[\w@:/+]+$/.test(host) ? host : `'${host}'`
          const said = `Nix is not installed on ${host}.\n  Next: ssh -t ${typed} 'curl -L https:`
          expect([without.code, without.stderr]).toEqual([1, expect.stringContaining(said)])
          elsewhere.expectNothingLeft()
        })
      })
    })

    test('where ssh leads nobody to a port, it says so and leaves nothing', async () => {
      const tight = await elsewhere.type('start', '--on', 'tight@gpu', '--no-open')
      expect([tight.code, tight.stderr]).toEqual([
        1,
        expect.stringMatching(/leads nobody to the ports of .*\n {2}Next: .*: AllowTcpForwarding yes\n$/),
      ])
      elsewhere.expectNothingLeft()
    })

    test('with a full disk there, it says so and leaves nothing', async () => {
      await gpu.there('mount -t tmpfs -o size=100k tmpfs /mnt/home')
      const full = await elsewhere.type('start', '--on', 'gpu', '--no-open')
      expect([full.code, full.stderr]).toEqual([
        1,
        expect.stringMatching(/The disk of gpu is full\.\n {2}Next: ssh gpu df -h \.\n$/),
      ])
      await gpu.there('ls -A /mnt/home; umount /mnt/home').then((left) => expect(left).toBe(''))
      elsewhere.expectNothingLeft()
    })

    test('where ssh lets one command in at a time, what is refused beside another says so', async () => {
      await elsewhere.start('--on', 'single@gpu')
      const session = elsewhere.open('lab', 'logs', '-f')
      await session.see('Jupyter Server')
      for (const command of ['status', 'url', 'logs', 'stop']) {
        const refused = await elsewhere.type('lab', command)
        expect([refused.code, refused.stderr], command).toEqual([
          1,
          expect.stringMatching(
            /^(Stopping.*\n)?single@gpu lets no more commands in .*MaxSessions.*\n {2}Next: .*logs -f.*\n$/,
          ),
        ])
      }
      // The server has room only a moment later.
      const stop = elsewhere.open('stop')
      await stop.see('Stopping my-lab on single@gpu')
      session.type(KEYS.ctrlC)
      expect(await session.exited).toBe(0)
      expect(await stop.exited, stop.screen()).toBe(0)
      elsewhere.expectNothingLeft()
    })

    test('a project that runs here is not started there as well', async () => {
      expect((await elsewhere.project.start()).code).toBe(0)
      const refused = await elsewhere.type('start', '--on', 'gpu', '--no-open')
      expect(refused.stderr).toMatch(/^my-lab runs on this computer\.\n {2}Next: \S+lab start --again --on gpu\n$/)
      elsewhere.expectHomeAsBefore()
      await elsewhere.start('--again', '--on', 'gpu')
      expect((await elsewhere.type('stop')).code).toBe(0)
      elsewhere.expectHomeAsBefore()
    })

    test('programs of its user, which the shell there has begun beside ours, run on', () => elsewhere.expectOthersRun())
  },
)

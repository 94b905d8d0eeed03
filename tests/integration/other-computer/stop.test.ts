import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { notRun } from '../../support/abilities.ts'
import { writeFiles } from '../../support/home.ts'
import { noOtherComputer, type OtherComputer } from '../../support/other-computer.ts'
import type { Project } from '../../support/project.ts'
import { ProjectElsewhere } from '../../support/project-elsewhere.ts'
import type { Result } from '../../support/run.ts'
import { forNixAlone, isFilledByNix, isFirstOfItsKind, shownElsewhere, template } from '../../support/template.ts'
import { KEYS } from '../../support/terminal.ts'

describe.skipIf(Boolean(noOtherComputer) || !isFirstOfItsKind || !isFilledByNix)(
  `${template.id}: on another computer, by ssh, stop${notRun(noOtherComputer)}${forNixAlone || shownElsewhere}`,
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

    test('where the disk here is full, stop names that disk, and what was changed stays there', async () => {
      const [data, changed] = [join(project.directory, 'data'), join(gpu.file(elsewhere.there()), 'data/big.bin')]
      mkdirSync(data, { recursive: true })
      writeFiles(gpu.file(elsewhere.there()), { 'data/big.bin': Buffer.alloc(2 ** 21, 1) })
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
      const directory = `/mnt/home/${elsewhere.there()}`
      writeFiles(gpu.file(elsewhere.there()), {
        'data/broken.bin': '',
        'data/disk/empty': '',
        'data/whole.bin': 'whole\n',
      })
      // Nobody can read that, not even the administrator.
      await gpu.there(`mount --bind /proc/1/mem ${directory}/data/broken.bin`)
      const unreadable = await elsewhere.type('stop')
      expect([unreadable.code, unreadable.stderr]).toEqual([
        1,
        expect.stringMatching(
          /you may not read data\/broken\.bin\. Nothing was removed there\.\n {2}Next: ssh -t gpu '.*' && \S+lab stop\n$/,
        ),
      ])
      expect(readFileSync(join(project.directory, 'data/whole.bin'), 'utf8')).toBe('whole\n')
      await gpu.there(`umount ${directory}/data/broken.bin && mount -t tmpfs tmpfs ${directory}/data/disk`)
      const busy = await elsewhere.type('stop')
      expect([busy.code, busy.stderr]).toEqual([
        1,
        expect.stringMatching(/Not all could be removed there: .*disk.*\n {2}Next: ssh -t gpu '.*' && \S+lab stop\n$/),
      ])
      await gpu.there(`umount ${directory}/data/disk`)
      const over = await elsewhere.type('stop')
      expect(over.code, over.stderr).toBe(0)
      elsewhere.expectNothingLeft()
      await elsewhere.start('--on', 'gpu')
    })

    test('stop brings back what was changed there, overwrites nothing, and leaves nothing', async () => {
      const [mine, theirs] = [project.directory, gpu.file(elsewhere.there())]
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
      const stopped = await elsewhere.type('stop')
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
      elsewhere.expectNothingLeft()
      expect(await gpu.there('ls /nix/var/nix/gcroots/auto')).toBe('')
      expect((await elsewhere.type('lab', 'status')).stdout).toContain('my-lab is not running.')
      expect((await elsewhere.type('stop')).stdout).toBe('my-lab was not running.\n')
    })

    test('no command line, here or there, has held a secret', () => elsewhere.expectNoSecretTyped(started))

    test('Ctrl-C in the middle leaves nothing, here and there', async () => {
      const session = elsewhere.open('start', '--on', 'gpu')
      await session.see('Starting jupyter')
      session.type(KEYS.ctrlC)
      expect(await session.exited).toBe(130)
      elsewhere.expectNothingLeft()
      await elsewhere.expectOthersRun()
    })
  },
)

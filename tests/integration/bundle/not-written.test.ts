import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noMount, notRun } from '../../support/abilities.ts'
import { writeFiles } from '../../support/home.ts'
import { mountSmallDisk } from '../../support/mounts.ts'
import { Project } from '../../support/project.ts'
import { must, run } from '../../support/run.ts'
import { forNixAlone, isFilledByNix, isFirstOfItsKind, shownElsewhere, template } from '../../support/template.ts'
import { KEYS, openTerminal } from '../../support/terminal.ts'

describe.skipIf(!isFirstOfItsKind || !isFilledByNix)(
  `${template.id}: no file of \`lab bundle\`, and why${forNixAlone || shownElsewhere}`,
  () => {
    let project: Project
    let world: string

    beforeAll(async () => {
      project = await Project.shared()
      world = join(project.directory, '..')
      writeFiles(project.directory, { '.env': 'KEY=not-for-others\n' })
    })
    afterAll(() => project?.remove())

    test.skipIf(noMount)(`a full disk leaves no file, and is named${notRun(noMount)}`, async () => {
      const disk = join(world, 'disk')
      mkdirSync(disk)
      const unmount = mountSmallDisk(disk, 'size=20m')
      try {
        const full = await run('my-lab/lab', ['bundle', 'disk/my-lab.bundle'], project.here({ cwd: world }))
        expect(full.code, full.stderr).toBe(1)
        expect(full.stderr).toMatch(/The disk that holds \S+ is full, and no bundle was written\.\n.*df -h /)
        expect(readdirSync(disk)).toEqual([])
      } finally {
        unmount()
      }
    })

    test('Ctrl-C leaves no file, whole or half', async () => {
      mkdirSync(join(world, 'ended'))
      const session = openTerminal(['my-lab/lab', 'bundle', 'ended/my-lab.bundle'], { cwd: world, env: project.env })
      await session.see('Copying the programs …')
      session.type(KEYS.ctrlC)
      expect(await session.exited).toBe(130)
      expect(readdirSync(join(world, 'ended'))).toEqual([])
    })

    test('a file that exists stays as it is, and .env in git is not given away', async () => {
      writeFiles(world, { 'sent/my lab.bundle': 'of yesterday\n' })
      const again = await run('my-lab/lab', ['bundle', 'sent/my lab.bundle'], project.here({ cwd: world }))
      expect(again.code).toBe(1)
      expect(again.stderr).toContain('exists, and is not overwritten.')
      expect(readFileSync(join(world, 'sent/my lab.bundle'), 'utf8')).toBe('of yesterday\n')
      // A directory, such as the project's own, is nothing to be removed.
      const directory = await run('my-lab/lab', ['bundle', 'my-lab'], project.here({ cwd: world }))
      expect(directory.code).toBe(1)
      expect(directory.stderr).toContain('my-lab is a directory')
      const next = / {2}Next: (.*)\n$/.exec(directory.stderr)?.[1]
      expect(next).toBe(`my-lab/lab bundle ${join(world, 'my-lab.bundle')}`)
      await must('git', ['add', '--force', '.env'], project.here())
      await must('git', ['commit', '--quiet', '--message', 'A mistake'], project.here())
      const withSecret = await run('my-lab/lab', ['bundle', 'secret.bundle'], project.here({ cwd: world }))
      expect(withSecret.code).toBe(1)
      expect(withSecret.stderr).toContain('git tracks .env')
      await must('git', ['rm', '--quiet', '--cached', '.env'], project.here())
      await must('git', ['commit', '--quiet', '--message', 'Without it'], project.here())
      const withHistory = await run('my-lab/lab', ['bundle', 'secret.bundle'], project.here({ cwd: world }))
      expect(withHistory.code).toBe(1)
      expect(withHistory.stderr).toContain('The history has had .env in it')
      expect(existsSync(join(world, 'secret.bundle'))).toBe(false)
    })
  },
)

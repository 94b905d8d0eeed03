import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noLayer, noStranger, notRun } from '../support/abilities.ts'
import { FLAKES } from '../support/cache.mjs'
import { newestNix, readEnvironment } from '../support/environment.ts'
import { Project } from '../support/project.ts'
import { must, type Result, run } from '../support/run.ts'
import { template } from '../support/template.ts'

const STRANGER = 61234

/** The command that a message ends with. */
const nextOf = ({ stderr }: Result) => /Next: (.*)/.exec(stderr)?.[1] ?? ''

// One template whose environment is whole without writing, and one that makes .venv.
const here = ['minimal', 'fasthtml'].includes(template.id)
const shown = here ? '' : ' (shown by minimal and fasthtml)'
// What does not depend on that is shown by one of them.
const isMinimal = template.id === 'minimal'
const shownByMinimal = isMinimal ? '' : ' (shown by minimal)'

describe.runIf(here)(`${template.id}: a directory to read only (H13)${shown}`, () => {
  let project: Project
  beforeAll(async () => {
    project = await Project.create({ nix: newestNix(readEnvironment()) })
  })
  afterAll(() => project?.remove())

  /** Run lines of sh in the project, whose directory cannot be written to meanwhile. */
  const onReadOnlyDisk = (...lines: string[]) => {
    const mount = 'mount --bind . . && mount -o remount,bind,ro "$PWD" && cd "$PWD"'
    return run('unshare', ['--mount', 'sh', '-ec', [mount, ...lines].join('\n')], project.here())
  }
  const develop = (command: string) => `nix --extra-experimental-features '${FLAKES[1]}' develop --command ${command}`
  const sentence = () =>
    `The project in ${project.directory} cannot be written to, so what you do in it cannot be saved.`

  test.skipIf(noLayer)(
    `\`nix develop\` says it, and goes on where it has to write nothing${notRun(noLayer)}`,
    async () => {
      const entered = await onReadOnlyDisk(`${develop('true')}`)
      expect(entered.stderr.split(sentence()).length).toBe(2)
      expect(entered.code, entered.stderr).toBe(isMinimal ? 0 : 1)
      expect(nextOf(entered)).toContain(`cp -R '${project.directory}' `)
    },
  )

  test.skipIf(noLayer)(`./start and what writes say it, and nothing is left running${notRun(noLayer)}`, async () => {
    for (const command of ['./start --no-open', './lab add cowsay', './lab sync', './lab lock']) {
      const result = await onReadOnlyDisk(command)
      expect(result.code, command).toBe(1)
      expect(result.stderr.trim().split('\n'), command).toEqual([sentence(), expect.stringContaining('Next: cp -R ')])
    }
    const inShell = await onReadOnlyDisk(develop('lab start --no-open'))
    expect(inShell.code).toBe(1)
    expect(inShell.stderr).toContain(sentence())
    expect((await project.statusInShell()).running).toBe(false)
    // What looks for the cause finds it, too.
    const doctor = await onReadOnlyDisk('./lab doctor')
    expect([doctor.code, doctor.stdout]).toEqual([1, expect.stringContaining(sentence())])
  })

  test.runIf(isMinimal && !noLayer)(
    `the command that is named makes a project that starts${shownByMinimal || notRun(noLayer)}`,
    async () => {
      const copy = join(String(project.env.HOME), 'my-lab')
      expect(existsSync(copy)).toBe(false)
      const said = nextOf(await onReadOnlyDisk('./start'))
      const started = await onReadOnlyDisk(`${said} --no-open`)
      expect(started.code, started.stderr).toBe(0)
      expect(nextOf(await onReadOnlyDisk('./start'))).toContain(`'${copy}-2/start'`)
      await must(join(copy, 'stop'), [], project.here())
    },
  )

  test.runIf(isMinimal && !noStranger)(
    `another user's project is named, and copied${shownByMinimal || notRun(noStranger)}`,
    async () => {
      await must('chown', ['-R', String(STRANGER), project.directory])
      const result = await run(join(project.directory, 'start'), ['--no-open'], project.here())
      expect(result.code).toBe(1)
      expect(result.stderr).toContain(
        `The project in ${project.directory} belongs to ${STRANGER}, and Nix reads no git`,
      )
      const started = await run('sh', ['-c', `${nextOf(result)} --no-open`], project.here())
      expect(started.code, started.stderr).toBe(0)
      await must(join(String(project.env.HOME), 'my-lab-2', 'stop'), [], project.here())
      // Who trusts it can use it.
      await must('git', ['config', '--global', '--add', 'safe.directory', project.directory], project.here())
      const trusted = await run(join(project.directory, 'lab'), ['status'], project.here())
      expect(trusted.stderr).not.toContain('belongs to')
      await must('chown', ['-R', String(process.getuid?.()), project.directory])
    },
  )

  test.runIf(isMinimal && !noStranger)(
    `what its owner keeps to himself stays out of the copy, and does not stop it${shownByMinimal || notRun(noStranger)}`,
    async () => {
      const [directory, home] = [
        join(project.directory, '..', 'theirs'),
        join(project.directory, '..', 'home-of-another'),
      ]
      await must('cp', ['-R', project.directory, directory])
      for (const each of [join(directory, '..'), directory]) chmodSync(each, 0o755)
      writeFileSync(join(directory, '.env'), 'SECRET=1\n', { mode: 0o600 })
      mkdirSync(home)
      chownSync(home, STRANGER, STRANGER)
      const user = [`--reuid=${STRANGER}`, `--regid=${STRANGER}`, '--clear-groups']
      const asUser = (...command: string[]) =>
        run('setpriv', [...user, ...command], project.here({ cwd: directory, env: { HOME: home } }))
      // Far enough to be sure that it goes on: this user cannot write into the store.
      const copied = await asUser('sh', '-xc', nextOf(await asUser('./start')))
      expect(copied.stderr).toContain(`+ ${home}/theirs/start`)
      expect(existsSync(join(home, 'theirs/flake.nix'))).toBe(true)
      expect(existsSync(join(home, 'theirs/.env'))).toBe(false)
    },
  )

  test.runIf(isMinimal && !noStranger)(
    `a directory of my own is given its permission again${shownByMinimal || notRun(noStranger)}`,
    async () => {
      const directory = join(project.directory, '..', 'own')
      await must('cp', ['-R', project.directory, directory])
      await must('chown', ['-R', String(STRANGER), directory])
      for (const each of [join(directory, '..'), directory]) chmodSync(each, 0o755)
      chownSync(String(project.env.HOME), STRANGER, STRANGER)
      const user = [`--reuid=${STRANGER}`, `--regid=${STRANGER}`, '--clear-groups']
      const asUser = (...command: string[]) =>
        run('setpriv', [...user, ...command], { ...project.here(), cwd: directory })
      await asUser('chmod', '-R', 'a-w', directory)
      const refused = await asUser('./start')
      expect(refused.code).toBe(1)
      expect(nextOf(refused)).toBe(`chmod -R u+w '${directory}'`)
      expect((await asUser('sh', '-c', nextOf(refused))).code).toBe(0)
      expect((await asUser('./start')).stderr).not.toContain('cannot be written to')
    },
  )
})

import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FLAKES } from '../../support/cache.mjs'
import { newestNix, readEnvironment } from '../../support/environment.ts'
import { entry } from '../../support/program.ts'
import { Project } from '../../support/project.ts'
import { must, run } from '../../support/run.ts'

const nix = newestNix(readEnvironment())

describe('entering a project', () => {
  let project: Project
  let other: Project
  beforeAll(async () => {
    project = await Project.create({ nix })
    other = await Project.create({ nix, name: 'other-lab' })
  })
  afterAll(async () => {
    await project?.remove()
    await other?.remove()
  })
  const key = async () => (await project.develop(['printenv', 'NIX_JUPYTER_VENV_KEY'])).stdout

  test("another project's shell is refused in this directory, by `nix develop` and by `nix run` (B9)", async () => {
    for (const args of [
      ['develop', other.directory, '--command', 'true'],
      ['run', `${other.directory}#lab`, '--', 'status'],
    ]) {
      const result = await project.nixCommand(args)
      expect(result.code, result.stderr).toBe(1)
      expect(result.stderr).toContain(`This directory belongs to the project in ${project.directory}`)
      expect(result.stderr).toContain(`Next: cd '${project.directory}' && nix develop\n`)
    }
    expect((await other.develop(['true'])).code).toBe(0)
  })

  test('outside of any project, `nix run` says so, and nothing of a directory that it has not read', async () => {
    const elsewhere = dirname(project.directory)
    const args = [...FLAKES, 'run', `${project.directory}#lab`, '--', 'status']
    const result = await run('nix', args, project.here({ cwd: elsewhere }))
    expect(result.code).toBe(1)
    expect(result.stderr).not.toContain('There is no git here')
    expect(result.stderr).toMatch(
      /^This directory is not inside the project\.\n {2}Next: cd path\/to\/your\/project\n$/m,
    )
  })

  test("the program's doctor asks the project's own as well, and says each thing once", async () => {
    const told = await run(process.execPath, [entry(), 'doctor'], other.here())
    const lines = told.stdout.split('\n').filter((line) => /^(ok|PROBLEM) /.test(line))
    expect(lines.filter((line) => line.includes('Nix')).length, told.stdout).toBeGreaterThan(0)
    expect(lines.filter((line) => line.includes('JupyterLab')).length, told.stdout).toBeGreaterThan(0)
    expect(lines).toEqual([...new Set(lines)])
  })

  test('what a requirement file names belongs to the key of .venv (H9)', async () => {
    const requirements = join(project.directory, 'requirements.txt')
    const before = await key()
    mkdirSync(join(project.directory, 'more'))
    writeFileSync(join(project.directory, 'more/limits'), '')
    writeFileSync(join(project.directory, 'more/other.txt'), '-c limits\n')
    writeFileSync(requirements, '# -r nothing.txt\n-r more/other.txt\n')
    await must('git', ['add', '--all'], project.here())
    const keys = [before, await key()]
    writeFileSync(join(project.directory, 'more/other.txt'), '--constraint=limits\n')
    keys.push(await key())
    writeFileSync(join(project.directory, 'more/limits'), 'greenlet<4\n')
    keys.push(await key())
    expect(new Set(keys).size).toBe(4)
    expect(await key()).toBe(keys.at(-1))
  })

  test.each(['nix/scripts', 'nix/enter.sh'])(
    '%s is missing: it is named, and the command brings it back',
    async (missing) => {
      rmSync(join(other.directory, missing), { recursive: true })
      const result = await run(join(other.directory, 'start'), ['--no-open'], other.here())
      expect(result.code).toBe(1)
      expect(result.stderr).toContain(`${missing} is missing in ${other.directory}`)
      const next = /Next: (.*)/.exec(result.stderr)?.[1] ?? ''
      await must('sh', ['-c', next], other.here())
      expect((await run(join(other.directory, 'lab'), ['status'], other.here())).code).toBe(0)
    },
  )

  test.each([
    ['sh', 'errexit:nounset:noclobber', 'failglob'],
    ['bash', 'nounset:noclobber', 'failglob'],
  ])('options that a script around it has exported change nothing, with %s', async (sh, SHELLOPTS, BASHOPTS) => {
    // env, because bash would have them itself before it runs that.
    const options = [`SHELLOPTS=${SHELLOPTS}`, `BASHOPTS=${BASHOPTS}`]
    const result = await run('env', [...options, sh, join(project.directory, 'lab'), 'sync'], project.here())
    expect(result.code, result.stderr).toBe(0)
    expect(result.stdout).not.toBe('')
  })

  test('a directory that Nix cannot work in is named before it tries (H13)', async () => {
    for (const [name, plain] of [
      ["it's mine", 'it-s-mine'],
      ['a:b', 'a-b'],
    ] as const) {
      const directory = join(dirname(project.directory), name)
      mkdirSync(directory)
      await must('cp', ['-R', project.directory, join(directory, 'my-lab')])
      const result = await run(join(directory, 'my-lab/start'), ['--no-open'], project.here())
      expect(result.code).toBe(1)
      const sentence = `Nix cannot work in ${join(directory, 'my-lab')}: no directory on that path`
      expect(result.stderr).toContain(sentence)
      // Where a project was moved to, or copied, the lab of its last start still looks.
      const doctor = await run(join(directory, 'my-lab/lab'), ['doctor'], project.here())
      expect(doctor.code, doctor.stdout).toBe(1)
      expect(doctor.stdout).toContain(`PROBLEM  ${sentence}`)
      const next = / {2}Next: (mv .*)\n$/.exec(result.stderr)?.[1] ?? ''
      expect(doctor.stdout).toContain(`Next: ${next}`)
      const link = join(dirname(project.directory), `link-${name.length}`)
      symlinkSync(join(directory, 'my-lab'), link)
      expect((await run(join(link, 'start'), ['--no-open'], project.here())).stderr).toContain('Nix cannot work in')
      const better = join(dirname(project.directory), plain, 'my-lab')
      expect(await must('sh', ['-c', `${next} && pwd`], project.here({ cwd: '/' }))).toBe(`${better}\n`)
      expect(existsSync(join(better, 'start'))).toBe(true)
      expect(existsSync(directory)).toBe(false)
    }
  })
})

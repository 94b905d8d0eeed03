import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newestNix, readEnvironment } from '../../support/environment.ts'
import { nextIn } from '../../support/failed-start.ts'
import { writeFiles } from '../../support/home.ts'
import { Project } from '../../support/project.ts'
import { must, run } from '../../support/run.ts'

// A project out of an archive, without its history. What is wrong is said all the same, and the command that helps works.

const nix = newestNix(readEnvironment())

test('what is printed works where it is printed, with a blank in the path, and with words that a shell would read', async () => {
  const project = await Project.create({ nix })
  const world = join(project.directory, '..')
  const odd = join(world, 'my lab')
  renameSync(project.directory, odd)
  try {
    const status = await run(join(odd, 'lab'), ['status'], project.here({ cwd: world }))
    expect(status.stdout).toContain(`Next: '${odd}/start'\n`)
    // As who has unpacked an archive and typed `git init`.
    rmSync(join(odd, '.git'), { recursive: true })
    await must('git', ['init', '--quiet'], project.here({ cwd: odd }))
    // With this in all of their projects.
    writeFiles(odd, { '.git/info/exclude': 'packages\n*.json\n' })
    const asked = await run(join(odd, 'lab'), ['sync', 'a<b'], project.here({ cwd: world }))
    expect(asked.code).toBe(1)
    expect(nextIn(asked)).toBe(`git -C '${odd}' add . && git -C '${odd}' add --force nix && '${odd}/lab' sync 'a<b'`)
    const second = await run('sh', ['-c', nextIn(asked)], project.here({ cwd: world }))
    expect(second.stderr).toContain('lab sync takes no arguments: "a<b" is one too many.')
    expect(await must('git', ['status', '--porcelain'], project.here({ cwd: odd }))).not.toContain('??')
  } finally {
    renameSync(odd, project.directory)
    await project.remove()
  }
})

test('B12: before the first start, and without git, it is said all the same', async () => {
  const project = await Project.create({ nix })
  try {
    rmSync(join(project.directory, '.git'), { recursive: true })
    const file = join(project.directory, 'flake.nix')
    writeFileSync(file, readFileSync(file, 'utf8').replace('[ pkgs.git ];', '[ pkgs.gitt ];'))
    expect(existsSync(join(project.directory, '.nix-jupyter'))).toBe(false)
    const result = await run('./start', ['--no-open'], project.here())
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/^flake\.nix, line \d+: there is no `gitt`\. Did you mean `git`\?\n {2}\| packages/)
    expect(result.stderr).toContain(`The full output of Nix is in ${project.state}/nix-jupyter/nix.log.`)
  } finally {
    await project.remove()
  }
})

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { makeProject, runProgram, type Version } from './versions.ts'
import { makeScene } from './world.ts'

/** A project of a version under git, whose user works on branches. */
export function projectInGit(version: Version, ...flags: string[]) {
  const { directory, env: own } = makeScene()
  const env: Record<string, string> = { ...own, CREATE_NIX_JUPYTER_OFFLINE: '1', GIT_EDITOR: 'true' }
  const project = makeProject(version, flags, directory, env)
  const at = (file: string) => path.join(project, file)
  const run = (...args: string[]) => runProgram(version.program, args, project, env)
  const inGit = (...args: string[]) => spawnSync('git', args, { cwd: project, env, encoding: 'utf8' })
  /** A branch from the beginning, with what a command of ours does, or the test itself. */
  const branch = (name: string, change: readonly string[] | (() => void)) => {
    inGit('checkout', '-qb', name, 'main')
    if (typeof change === 'function') change()
    else expect(run(...change)).toMatchObject({ status: 0 })
    inGit('add', '--all')
    inGit('commit', '-qm', name)
  }
  return { project, env, at, run, inGit, branch, read: (file: string) => readFileSync(at(file), 'utf8') }
}

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readEnvironment } from '../../harness/environment.ts'
import { Project } from '../../harness/project.ts'
import { run } from '../../harness/run.ts'

// A store that others use must not lose a path: the collection happens on a layer of this test's own. It takes root and Linux.
const layered = spawnSync('unshare', ['--mount', '--net', 'true']).status === 0

describe.skipIf(!layered).each(readEnvironment().nix)('minimal: garbage collection, with Nix $version (B2)', (nix) => {
  let project: Project
  beforeAll(async () => {
    project = await Project.create({ nix })
  })
  afterAll(() => project?.remove())

  /** Collect garbage in a layer over /nix, then run a script there, without a network. */
  const afterCollection = (script: string) => {
    const world = join(project.folder, '..', 'layer')
    const lines = [
      'set -eu',
      `mkdir -p ${world} && mount -t tmpfs none ${world} && mkdir ${world}/upper ${world}/work`,
      `mount -t overlay none -o lowerdir=/nix,upperdir=${world}/upper,workdir=${world}/work /nix`,
      'ip link set lo up',
      'nix-store --gc >/dev/null 2>&1',
      script,
    ]
    return run('unshare', ['--mount', '--net', 'sh', '-c', lines.join('\n')], project.here())
  }

  test('what plain `nix develop` used stays, and is not built or fetched again', async () => {
    const entered = await project.develop(['true'])
    expect(entered.code, entered.stderr).toBe(0)
    const lab = readlinkSync(join(project.folder, '.nix-jupyter', 'lab'))
    const unused = execFileSync('nix-store', ['--add', '/etc/hostname'], { env: project.env, encoding: 'utf8' }).trim()
    const script = `test ! -e ${unused} && test -e ${lab} && nix --extra-experimental-features 'nix-command flakes' \
      develop --command python3 -c 'import jupyterlab; print("here")'`
    const result = await afterCollection(script)
    expect([result.code, result.stdout], result.stderr).toEqual([0, 'here\n'])
    expect(result.stderr).not.toMatch(/(building|copying) .*(python|lab|source|jupyter)\b(?!-env)/)
    expect(existsSync(unused)).toBe(true)
  })

  test('./start works without a network after it, and so does ./stop', async () => {
    const result = await afterCollection('./start --no-open && ./lab status && ./stop')
    expect(result.code, result.stderr).toBe(0)
    expect(result.stdout).toContain('my-lab is stopped.')
  })
})

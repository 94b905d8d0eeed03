import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Project } from '../../support/project.ts'
import { run } from '../../support/run.ts'

// What every shell does when it is entered, without the minutes that it takes to build torch for it.
const ENTER = `
_nix_jupyter_drop_variables() { :; }
nix_jupyter_project=- nix_jupyter_env=- nix_jupyter_salt=- nix_jupyter_bin=- nix_jupyter_compute=cuda
nix_jupyter_lock=requirements.txt nix_jupyter_uses_venv=if-asked nix_jupyter_jupyterlab_is_in=nix
nix_jupyter_sha256sum=$(command -v sha256sum) nix_jupyter_flake=flake.nix nix_jupyter_data=-
for part in scripts/driver scripts/state scripts/venv-key activate; do source "nix/$part.sh" || exit; done
ls "$NIX_JUPYTER_STATE/driver/"
`

describe('cuda: shells that are entered at once', () => {
  let project: Project
  const drivers = ['first', 'second'].map((name) => mkdtempSync(join(tmpdir(), `driver-${name}-`)))

  beforeAll(async () => {
    project = await Project.shared()
    for (const driver of drivers) {
      mkdirSync(driver, { recursive: true })
      for (const name of ['libcuda.so.1', 'libnvidia-ml.so.1']) writeFileSync(join(driver, name), '')
    }
  })
  afterAll(async () => {
    for (const driver of drivers) rmSync(driver, { recursive: true })
    await project?.remove()
  })

  test('each of them finds a whole driver, and none leaves anything behind (B8)', async () => {
    const enter = (driver = '') =>
      run('bash', ['-c', ENTER], project.here({ env: { CI: '', NIX_JUPYTER_DRIVER: driver } }))
    for (let round = 0; round < 15; round++) {
      // The driver has changed, so both have to make the directory.
      const driver = drivers[round % 2]
      for (const entered of await Promise.all([enter(driver), enter(driver)])) {
        expect(entered.code, entered.stderr).toBe(0)
        expect(entered.stdout.trim().split('\n').sort(), entered.stderr).toEqual([
          'libcuda.so.1',
          'libnvidia-ml.so.1',
          'list',
        ])
      }
    }
    const [state = ''] = readdirSync(join(project.state, 'nix-jupyter'))
    const left = readdirSync(join(project.state, 'nix-jupyter', state)).filter((name) => name.startsWith('driver'))
    expect(left.length, left.join(' ')).toBe(2)
  })
})

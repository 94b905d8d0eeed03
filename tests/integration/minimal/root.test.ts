import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noLayer, notRun } from '../../support/abilities.ts'
import { newestNix, readEnvironment } from '../../support/environment.ts'
import { Project } from '../../support/project.ts'

/** Runs a command on a layer above the Nix store of this machine, and says what has come into it. */
const ON_A_LAYER = `
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work
mount -t overlay -o lowerdir=/nix/store,upperdir=/mnt/upper,workdir=/mnt/work overlay /nix/store
"$@" >/dev/null
find /mnt/upper -mindepth 1 -printf '%P\\n'
`

describe.skipIf(noLayer)(`minimal: root, who may write everywhere, and the Nix store${notRun(noLayer)}`, () => {
  let project: Project

  beforeAll(async () => {
    project = await Project.create({ nix: newestNix(readEnvironment()) })
  })
  afterAll(() => project?.remove())

  test.each([
    'jupyter labextension install @jupyter-widgets/jupyterlab-manager',
    'jupyter labextension disable @jupyterlab/help-extension',
    'jupyter lab build',
    'jupyter lab clean --all',
    'jupyter server extension disable jupyter_lsp',
    'python -m ipykernel install --sys-prefix --name mine',
    `python -c 'import shutil, sys; shutil.rmtree(sys.prefix)'`,
  ])('%s changes nothing of it', async (command) => {
    const ran = await project.develop(['unshare', '--mount', 'sh', '-c', ON_A_LAYER, 'sh', 'sh', '-c', command])
    expect(ran.stdout, ran.stderr).toBe('')
    expect(ran.stderr).toContain('Permission denied')
  })
})

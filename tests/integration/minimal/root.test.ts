import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noLayer, notRun } from '../../support/abilities.ts'
import { Project } from '../../support/project.ts'

/** What writes into the environment in which it runs; there, that is the Nix store. */
const COMMANDS = [
  'jupyter labextension install @jupyter-widgets/jupyterlab-manager',
  'jupyter labextension disable @jupyterlab/help-extension',
  'jupyter lab clean --all',
  'jupyter server extension disable jupyter_lsp',
  'python -m ipykernel install --sys-prefix --name mine',
  `python -c 'import shutil, sys; shutil.rmtree(sys.prefix)'`,
]

/** Runs each on a layer above the Nix store of this machine: whether it was refused, and what has come into the store. */
const ON_A_LAYER = `
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work
mount -t overlay -o lowerdir=/nix/store,upperdir=/mnt/upper,workdir=/mnt/work overlay /nix/store
for command; do
  ! sh -c "$command" 2>&1 | grep -q 'Permission denied' || echo "refused: $command"
done
find /mnt/upper -mindepth 1
`

describe.skipIf(noLayer)(`minimal: root, who may write everywhere, and the Nix store${notRun(noLayer)}`, () => {
  let project: Project

  beforeAll(async () => {
    project = await Project.shared()
  })
  afterAll(() => project?.remove())

  test('what is started in a project changes nothing of it', async () => {
    const ran = await project.develop(['unshare', '--mount', 'sh', '-c', ON_A_LAYER, 'sh', ...COMMANDS])
    expect(ran.stdout.trimEnd().split('\n'), ran.stderr).toEqual(COMMANDS.map((command) => `refused: ${command}`))
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Project } from '../support/project.ts'
import { isFilledByNix, isFilledByUv, isFirstOfItsKind, shownElsewhere, template } from '../support/template.ts'

const files = isFilledByNix ? 'flake.nix or requirements.in' : template.packages

// Cells of a notebook, in a kernel as JupyterLab starts one: what they print, and whether they failed.
const IN_A_KERNEL = `
import json, sys
import nbformat.v4 as v4
from nbclient import NotebookClient
cells = [v4.new_code_cell(code) for code in sys.argv[1:]]
NotebookClient(v4.new_notebook(cells=cells), kernel_name="python3", allow_errors=True).execute()
print(json.dumps(["".join(each.get("text", "") for each in cell.outputs) for cell in cells]))
`
const CELLS = [
  '%pip install cowsay',
  '%uv pip install cowsay',
  '%conda install -y -c conda-forge cowsay',
  '!pip install cowsay',
  '!python -m pip install --user cowsay',
  '%pip uninstall -y ipykernel',
]

function answer(program: string, next: string): string {
  return `${program} changes nothing here: the packages of this project stand in ${files}.\n  Next: ${next}\n`
}

describe.runIf(isFirstOfItsKind)(
  `${template.id}: pip and its like name the command that lasts (A3)${shownElsewhere}`,
  () => {
    let project: Project
    beforeAll(async () => {
      project = await Project.shared()
    })
    afterAll(() => project?.remove())

    test('in a notebook, in two lines, and nothing is installed', async () => {
      const ran = await project.develop(['python', '-c', IN_A_KERNEL, ...CELLS, 'import cowsay'])
      expect(ran.code, ran.stderr).toBe(0)
      const said: string[] = JSON.parse(ran.stdout)
      const add = '!lab add cowsay'
      expect(said.map((text) => text.replace('UsageError: ', '').replaceAll('\r', ''))).toEqual([
        answer('pip', add),
        answer('uv', add),
        answer('conda', add),
        answer('pip', add),
        answer('pip', add),
        answer('pip', '!lab remove ipykernel'),
        '',
      ])
      const after = await project.develop(['python', '-c', 'import cowsay'])
      expect(after.stderr).toContain("No module named 'cowsay'")
    })

    test.each([
      ['pip', 'install', '--quiet', 'polars>=1', 'cowsay'],
      ['pip3', 'install', '-U', 'polars>=1', 'cowsay'],
      ['python', '-m', 'pip', 'install', 'polars>=1', 'cowsay'],
      ['python3', '-I', '-m', 'pip', 'install', '--user', 'polars>=1', 'cowsay'],
    ])('in a terminal: %s %s %s …', async (...command) => {
      const ran = await project.develop(command)
      expect([ran.code, ran.stdout]).toEqual([1, ''])
      expect(ran.stderr).toContain(answer('pip', "lab add 'polars>=1' cowsay"))
    })

    test.skipIf(isFilledByUv)(`what only looks is let through${isFilledByUv ? ' (uv has no pip)' : ''}`, async () => {
      const ran = await project.develop(['pip', 'list', '--format=freeze'])
      expect(ran.code, ran.stderr).toBe(0)
      expect(ran.stdout).toMatch(/^jupyterlab==/m)
    })
  },
)

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { run } from '../../../tests/support/program.ts'
import { FILES, make } from '../../../tests/support/remote.ts'
import { makeScene, writeFiles } from '../../../tests/support/world.ts'

// A teacher corrects a notebook in which a student has worked meanwhile.

interface Cell {
  cell_type: string
  source: string[]
  [key: string]: unknown
}

const FILE = 'notebooks/week.ipynb'
const code = (id: string, ...source: string[]): Cell => ({
  cell_type: 'code',
  execution_count: null,
  id,
  metadata: {},
  outputs: [],
  source,
})
const text = (id: string, ...source: string[]): Cell => ({ cell_type: 'markdown', id, metadata: {}, source })
const CELLS = [
  text('task', '## Task 1\n', 'Add two to x.'),
  code('data', 'x = 1'),
  code('answer', '# your answer\n', 'answer = None'),
  code('shown', 'print(answer)'),
]
/** As Jupyter writes it. */
const notebook = (cells: readonly Cell[]) =>
  `${JSON.stringify({ cells, metadata: { language_info: { name: 'python' } }, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`
const changed = (cells: readonly Cell[], id: string, change: Partial<Cell>) =>
  cells.map((cell) => (cell.id === id ? { ...cell, ...change } : cell))

const OUTPUT = [{ name: 'stdout', output_type: 'stream', text: ['é 3\n'] }]
const ANSWERED = changed(CELLS, 'answer', { execution_count: 2, source: ['# your answer\n', 'answer = x + 2'] })
const MINE = changed(ANSWERED, 'shown', { execution_count: 3, outputs: OUTPUT })
const CORRECTED = changed(CELLS, 'task', { source: ['## Task 1\n', 'Add two to x, and say why.'] })

async function scene(...flags: string[]) {
  const { directory, env } = makeScene()
  const template = path.join(directory, 'template')
  writeFiles(template, { ...FILES, [FILE]: notebook(CELLS) })
  expect(await make(directory, env, '-t', './template', ...flags)).toMatchObject({ code: 0 })
  const file = path.join(directory, 'lab', FILE)
  return {
    publish: (cells: string) => writeFileSync(path.join(template, FILE), cells),
    write: (cells: string) => writeFileSync(file, cells),
    read: () => readFileSync(file, 'utf8'),
    upgrade: () => run(['upgrade', '--trust'], path.join(directory, 'lab'), env),
    loseGit: () => rmSync(path.join(directory, 'lab/.git'), { recursive: true }),
  }
}

describe('a notebook that both have changed', () => {
  it('in other cells: has both, with the outputs', async () => {
    const { publish, write, read, upgrade } = await scene()
    write(notebook(MINE))
    publish(notebook([...CORRECTED.slice(0, 1), code('hint', '# think'), ...CORRECTED.slice(1)]))
    const ran = await upgrade()
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining(`merged    ${FILE}`) })
    const task = MINE.map((cell, index) => (index === 0 ? (CORRECTED[0] ?? cell) : cell))
    expect(read()).toBe(notebook([...task.slice(0, 1), code('hint', '# think'), ...task.slice(1)]))
    expect(await upgrade()).toMatchObject({ code: 0, stdout: '✔ lab is up to date.\n' })
  })

  it('that was run alone: has the new text of the cell that it shows the output of', async () => {
    const { publish, write, read, upgrade } = await scene()
    write(notebook(changed(CELLS, 'shown', { execution_count: 1, outputs: OUTPUT })))
    publish(notebook(changed(CELLS, 'shown', { source: ['print("x:", answer)'] })))
    expect(await upgrade()).toMatchObject({ code: 0 })
    const both = { execution_count: 1, outputs: OUTPUT, source: ['print("x:", answer)'] }
    expect(read()).toBe(notebook(changed(CELLS, 'shown', both)))
  })

  const repeated = notebook(CELLS).replace('"metadata": {\n  "l', '"metadata": {\n  "a": 1,\n  "l')
  it.each([
    ['in the same line', notebook(MINE), notebook(changed(CELLS, 'answer', { source: ['# here\n', 'answer = 0'] }))],
    [
      'so that a name would come twice',
      repeated,
      notebook(CELLS).replace('"python"\n  }\n', '"python"\n  },\n  "a": 2\n'),
    ],
    ['and that is no longer a notebook', 'a line of mine\n', notebook(CORRECTED)],
    ['whose new version is none', notebook(MINE), notebook(CELLS).replace('x = 1', 'x = "1')],
  ])('%s: stays as it is, and is listed', async (_, mine, theirs) => {
    const { publish, write, read, upgrade } = await scene()
    write(mine)
    publish(theirs)
    const ran = await upgrade()
    expect(ran).toMatchObject({ code: 0, stderr: expect.not.stringContaining('git could not') })
    expect(ran.stdout).toContain(`kept      ${FILE}: you changed it, and the new one does not fit into it`)
    expect(read()).toBe(mine)
  })

  it('of which nobody knows what it was: stays as it is, and stops nothing', async () => {
    const { publish, write, read, upgrade, loseGit } = await scene()
    loseGit()
    write(notebook(MINE))
    publish(notebook(CORRECTED))
    expect(await upgrade()).toMatchObject({ code: 0, stdout: expect.stringContaining(`kept      ${FILE}`) })
    expect(read()).toBe(notebook(MINE))
  })
})

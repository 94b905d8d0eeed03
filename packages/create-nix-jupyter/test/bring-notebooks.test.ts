import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { entries, run } from '../../../tests/support/program.ts'
import { git, makeScene, preload } from '../../../tests/support/world.ts'
import { notebook } from './bring/corpus.ts'

import { put, type Told } from './bring/plan.ts'

describe('a directory of notebooks', () => {
  it('goes into notebooks/, byte for byte, and what they import is compared with what the project has', async () => {
    const { directory, env } = makeScene()
    const [first, second] = [
      notebook('import os; import pandas as pd', '%%bash\nimport nothing'),
      notebook('from helper import x\nimport cv2'),
    ]
    put(path.join(directory, 'old'), {
      'requirements.txt': 'pandas\n',
      'a.ipynb': first,
      'deep/b.ipynb': second,
      'start.ipynb': first,
      'helper.py': 'x = 1\n',
      '.ipynb_checkpoints/c.ipynb': first,
      'broken.ipynb': '{',
    })
    const ran = await run(['lab', '-t', 'minimal', '--yes', '--json', '--from', 'old'], directory, env)
    const { brought }: Told = JSON.parse(ran.stdout)
    expect(brought).toMatchObject({
      notebooks: ['notebooks/a.ipynb', 'notebooks/deep/b.ipynb', 'notebooks/start-2.ipynb'],
      missing: ['opencv-python'],
      unknown: [],
      left: [{ what: 'broken.ipynb' }],
      modules: [{ from: 'old/helper.py', to: 'lab/notebooks/helper.py' }],
    })
    const lab = path.join(directory, 'lab')
    expect(readFileSync(path.join(lab, 'notebooks/deep/b.ipynb'), 'utf8')).toBe(second)
    const record = JSON.parse(readFileSync(path.join(lab, '.nix-jupyter.json'), 'utf8'))
    expect(Object.keys(record.files)).not.toContain('notebooks/a.ipynb')
    expect(Object.keys(record.files)).toContain('notebooks/start.ipynb')
  })

  it('goes into the first commit without outputs, as git keeps it from then on; the files keep theirs', async () => {
    const { directory, env } = makeScene()
    const output = { output_type: 'stream', name: 'stdout', text: ['4711-0815\n'] }
    const written = (indent?: number) =>
      JSON.stringify(
        {
          cells: [
            { cell_type: 'markdown', metadata: {}, source: ['# Zoë\n'] },
            {
              cell_type: 'code',
              execution_count: 7,
              metadata: { scrolled: true },
              outputs: [output],
              source: 'x = 1.5',
            },
            { cell_type: 'code', execution_count: 8, metadata: { tags: ['keep_output'] }, outputs: [], source: [] },
          ],
          metadata: { widgets: { state: '4711-0815' } },
          nbformat: 4,
          nbformat_minor: 4,
        },
        null,
        indent,
      )
    put(path.join(directory, 'old'), {
      'a.ipynb': written(1),
      'ü b/one line.ipynb': written(),
      'clean.ipynb': notebook('1'),
    })
    await run(['lab', '-t', 'minimal', '--yes', '--from', 'old'], directory, env)
    const lab = path.join(directory, 'lab')
    for (const [file, indent] of [
      ['a.ipynb', 1],
      ['ü b/one line.ipynb', undefined],
    ] as const) {
      const kept = git(lab, 'show', `HEAD:notebooks/${file}`)
      expect(kept).not.toContain('4711-0815')
      expect(JSON.parse(kept).cells[1]).toMatchObject({
        source: 'x = 1.5',
        outputs: [],
        execution_count: null,
        metadata: {},
      })
      expect(readFileSync(path.join(lab, 'notebooks', file), 'utf8')).toBe(written(indent))
    }
    // The filter that the project's shell sets up makes the same bytes.
    const filter = `python3 -I -S '${path.join(lab, 'nix/features/clean-git/notebooks')}' filter`
    execFileSync('git', ['config', 'filter.nix-jupyter-notebooks.process', filter], { cwd: lab })
    expect(git(lab, 'status', '--porcelain')).toBe('')

    // A user who wants outputs in git has them, also in the first commit; and so it is in a repository that is there already.
    await run(['kept', '-t', 'minimal', '--yes', '--from', 'old', '--with', 'none'], directory, env)
    expect(git(path.join(directory, 'kept'), 'show', 'HEAD:notebooks/a.ipynb')).toContain('4711-0815')
    execFileSync('git', ['init', '--quiet', path.join(directory, 'around')], { env })
    await run(['around/lab', '-t', 'minimal', '--yes', '--from', 'old'], directory, env)
    const staged = git(path.join(directory, 'around'), 'show', ':lab/notebooks/ü b/one line.ipynb')
    expect(staged).not.toContain('4711-0815')
  })

  it('names its own modules with the commands that copy them; none where it is the project itself', async () => {
    const { directory, env } = makeScene()
    put(path.join(directory, 'old things'), {
      'notebooks/a.ipynb': notebook('import tools, helper', 'from deeper import y'),
      'notebooks/tools.py': 'x = 1\n',
      'notebooks/data.csv': '1\n',
      'helper/__init__.py': 'x = 1\n',
      'src/lib/deeper.py': 'y = 1\n',
    })
    const { stdout } = await run(['lab', '-t', 'minimal', '--yes', '--from', 'old things'], directory, env)
    const commands = stdout.split('\n').filter((line) => /^ +mkdir /.test(line))
    execFileSync('sh', ['-ec', commands.join('\n')], { cwd: directory })
    const notebooks = path.join(directory, 'lab/notebooks')
    for (const file of ['tools.py', 'helper/__init__.py', 'src/lib/deeper.py']) {
      expect(readFileSync(path.join(notebooks, file), 'utf8')).toContain(' = 1')
    }
    expect(commands).toHaveLength(3)
    const args = ['.', '-t', 'minimal', '--yes', '--from', '.', '--on-conflict', 'keep']
    expect((await run(args, path.join(directory, 'old things'), env)).stdout).not.toContain('mkdir')
  })

  it('may lie beside very much data, and beside what only others can read', async () => {
    const { directory, env } = makeScene()
    put(path.join(directory, 'old'), {
      'a.ipynb': notebook('import numpy'),
      'closed/b.ipynb': notebook('1'),
      'images/1.png': '',
    })
    // One user may read everything; and to make so many files takes a minute.
    const failing = preload(
      env,
      `
      const fs = require('node:fs'), { readdirSync } = fs
      fs.readdirSync = (directory, ...more) => {
        const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })
        if (String(directory).endsWith('closed')) throw denied
        const found = readdirSync(directory, ...more)
        return String(directory).endsWith('images') ? Array(200_000).fill(found[0]) : found
      }`,
    )
    const ran = await run(['lab', '-t', 'minimal', '--yes', '--json', '--from', 'old'], directory, failing)
    const { brought }: Told = JSON.parse(ran.stdout)
    expect(brought).toMatchObject({
      notebooks: ['notebooks/a.ipynb'],
      left: [{ what: 'closed/', why: 'it cannot be read' }],
    })
  })

  it('may be one notebook', async () => {
    const { directory, env } = makeScene()
    put(directory, {
      'old/a.ipynb': notebook('import pandas, helper'),
      'old/b.ipynb': notebook('1'),
      'old/helper.py': '',
    })
    const args = ['lab', '-t', 'minimal', '--yes', '--json', '--from', 'old/a.ipynb']
    const { brought }: Told = JSON.parse((await run(args, directory, env)).stdout)
    expect(brought).toMatchObject({ notebooks: ['notebooks/a.ipynb'], missing: ['pandas'], unknown: [], left: [] })
  })

  it('is told what its cells install, which stay as they are', async () => {
    const { directory, env } = makeScene()
    const text = notebook('%pip install -q cowsay==6.1 sklearn git+https://x/y.git', 'import cowsay')
    put(directory, { 'old/a.ipynb': text })
    const ran = await run(['lab', '-t', 'minimal', '--yes', '--no-git', '--from', 'old/a.ipynb'], directory, env)
    expect(ran.stdout).toContain(
      '  Cells of the notebooks install cowsay, scikit-learn: the environment has that now.\n',
    )
    expect(ran.stdout).toContain('git+https://x/y.git (a.ipynb, code cell 1): it is an address')
    expect(ran.stdout).not.toContain('The notebooks import more')
    expect(readFileSync(path.join(directory, 'lab/requirements.in'), 'utf8')).toContain('\ncowsay==6.1\n')
    expect(readFileSync(path.join(directory, 'lab/flake.nix'), 'utf8')).toContain('scikit-learn')
    expect(readFileSync(path.join(directory, 'lab/notebooks/a.ipynb'), 'utf8')).toBe(text)
  })

  it('that is the project itself stays where it is, and its list of packages makes room', async () => {
    const { directory, env } = makeScene()
    put(directory, { 'requirements.txt': 'numpy\ncowsay==6.1\n', 'mine.ipynb': notebook('import numpy') })
    const args = ['.', '-t', 'minimal', '--yes', '--on-conflict', 'keep', '--from', '.']
    expect(await run(args, directory, env)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('requirements.txt.backup'),
    })
    expect(readFileSync(path.join(directory, 'requirements.txt.backup'), 'utf8')).toBe('numpy\ncowsay==6.1\n')
    expect(readFileSync(path.join(directory, 'requirements.in'), 'utf8')).toContain('\ncowsay==6.1\n')
    expect(readFileSync(path.join(directory, 'flake.nix'), 'utf8')).toContain('[ numpy ]')
    expect(entries(path.join(directory, 'notebooks'))).toEqual(['start.ipynb'])
    expect(entries(directory)).toContain('mine.ipynb')
  })
})

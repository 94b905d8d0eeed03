import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HOST_PYTHON, noHostPython, notRun } from '../support/abilities.ts'
import { addressIn, forPrograms } from '../support/lab-page.ts'
import { Project } from '../support/project.ts'
import { must, until } from '../support/run.ts'
import { isFirstOfItsKind, shownElsewhere, template } from '../support/template.ts'

/** What would make a program of this computer another one. A kernel has Jupyter's own, for what runs inside of it. */
const OURS = /^(PYTHON|JUPYTER|IPYTHON|UV_PROJECT)/

/** Run some lines in a kernel of a JupyterLab that runs. */
const TALK = `
import sys
from jupyter_client import BlockingKernelClient
client = BlockingKernelClient(connection_file=sys.argv[1])
client.load_connection_file()
client.start_channels(hb=False)
client.execute(sys.argv[2], reply=True, timeout=300)
`

// One tier for each way to fill the environment.
const here = isFirstOfItsKind && !noHostPython
const why = shownElsewhere || notRun(noHostPython)

describe.runIf(here)(`${template.id}: programs of this computer, started in the project (B13, H11)${why}`, () => {
  let project: Project
  let home: string
  let program: string
  beforeAll(async () => {
    project = await Project.shared()
    home = String(project.env.HOME)
    const site = await must(
      HOST_PYTHON,
      ['-c', 'import site; print(site.getusersitepackages(), end="")'],
      project.here(),
    )
    mkdirSync(site, { recursive: true })
    writeFileSync(join(site, 'only_mine.py'), '')
    program = join(home, 'mine')
    const lines = [`#!${HOST_PYTHON}`, 'import json, os, sys', 'import only_mine', `file = "${home}/seen"`]
    lines.push('print(json.dumps(dict(os.environ)), file=open(file + ".new", "w"))', 'os.rename(file + ".new", file)')
    writeFileSync(program, `${lines.join('\n')}\n`, { mode: 0o755 })
  })
  afterAll(() => project?.remove())

  /** The variables that the program of this computer was given, of those that would change it. */
  const seen = async () => {
    const file = join(home, 'seen')
    const text = await until('the program has run', async () =>
      existsSync(file) ? readFileSync(file, 'utf8') : undefined,
    )
    rmSync(file)
    return Object.keys(JSON.parse(text) as Record<string, string>).filter((name) => OURS.test(name))
  }

  test('a program, an editor and a hook of git, in the shell, have the packages of the home directory', async () => {
    expect((await project.develop([program])).code).toBe(0)
    expect(await seen()).toEqual([])
    mkdirSync(join(project.directory, '.git/hooks'), { recursive: true })
    writeFileSync(join(project.directory, '.git/hooks/post-commit'), `#!/bin/sh\nexec ${program}\n`, { mode: 0o755 })
    const commit = ['git', 'commit', '--quiet', '--allow-empty', '--message=1']
    expect((await project.develop(commit)).code).toBe(0)
    expect(await seen()).toEqual([])
    rmSync(join(project.directory, '.git/hooks/post-commit'))
    await project.develop(['git', 'commit', '--allow-empty'], { env: { EDITOR: program } })
    expect(await seen()).toEqual([])
  })

  test('where the user has not said where programs keep their data, it is where they usually do (D7)', async () => {
    const directories = (await project.develop(['printenv', 'XDG_DATA_DIRS'], { env: { XDG_DATA_DIRS: undefined } }))
      .stdout
    expect(directories.trim().split(':')).toEqual(expect.arrayContaining(['/usr/local/share', '/usr/share']))
  })

  test("the project's own Python goes on having its own settings, and no packages of the home directory", async () => {
    const paths = JSON.parse((await project.develop(['jupyter', '--paths', '--json'])).stdout) as Record<
      string,
      string[]
    >
    expect(paths.config?.[0]).toBe(join(project.directory, 'jupyter'))
    expect(paths.data?.some((directory) => directory.startsWith(project.state))).toBe(true)
    expect(paths.runtime?.every((directory) => directory.startsWith(project.state))).toBe(true)
    const child = 'import site; print(site.ENABLE_USER_SITE)'
    const code = `${child}; import subprocess, sys; subprocess.run([sys.executable, "-c", "${child}"])`
    expect((await project.develop(['python', '-uc', code])).stdout).toBe('False\nFalse\n')
  })

  test('a cell of a notebook and the browser have them, too', async () => {
    const started = await project.start()
    expect(started.code, started.stderr).toBe(0)
    const { origin, searchParams } = forPrograms(addressIn(started.stdout))
    const headers = { Authorization: `token ${searchParams.get('token')}` }
    const made = await fetch(`${origin}/api/kernels`, { method: 'POST', headers })
    const { id } = (await made.json()) as { id: string }
    const sockets = readFileSync(join((await project.status()).state, 'sockets'), 'utf8')
    await project.develop(['python', '-c', TALK, join(sockets, `kernel-${id}.json`), `!${program}`])
    expect((await seen()).filter((name) => !/^(JUPYTER|IPYTHON)/.test(name))).toEqual([])
    const opened = await project.develop(['lab', 'open'], { env: { BROWSER: program } })
    expect(opened.code, opened.stderr).toBe(0)
    expect(await seen()).toEqual([])
  })
})

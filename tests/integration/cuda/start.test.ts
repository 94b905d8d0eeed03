import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forPrograms } from '../../support/lab-page.ts'
import { Project } from '../../support/project.ts'
import { until } from '../../support/run.ts'

/** In place of torch: says that it is being loaded, and takes as long as it is told to. */
const SLOW = `from pathlib import Path
from time import sleep

with Path(__file__).with_name("loading").open("a") as file:
    file.write("x")
while not Path(__file__).with_name("loaded").exists():
    sleep(0.01)
`

describe('cuda: a start that does not wait for torch', () => {
  let project: Project
  const file = (name: string) => join(project.directory, name)

  beforeAll(async () => {
    project = await Project.shared()
    writeFileSync(file('network.py'), SLOW + readFileSync(file('network.py'), 'utf8'))
  })
  afterAll(() => project?.remove())

  test('torch is loaded by the first pages, once, while the server goes on answering', async () => {
    const started = await project.start()
    expect(started.code, started.stderr).toBe(0)
    const server = forPrograms(/server +(http:\S+)/.exec(started.stdout)?.[1] ?? '')
    const headers = { Authorization: `Bearer ${new URL(server).searchParams.get('key')}` }
    const get = async (path: string) => (await fetch(new URL(path, server), { headers })).status
    expect(await get('/healthz')).toBe(200)
    expect(existsSync(file('loading'))).toBe(false)

    const pages = Promise.all([get('/'), get('/'), get('/predict.json?x=0&y=0')])
    await until('a page needs torch', async () => existsSync(file('loading')) || undefined)
    expect(await get('/healthz')).toBe(200)
    writeFileSync(file('loaded'), '')
    expect(await pages).toEqual([200, 200, 503])
    expect(readFileSync(file('loading'), 'utf8')).toBe('x')
  })
})

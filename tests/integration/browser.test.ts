import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { newestNix, readEnvironment } from '../harness/environment.ts'
import { Project } from '../harness/project.ts'
import { until } from '../harness/run.ts'

// A page inside a notebook names this machine in its other way.
const HERE = ['127.0.0.1', 'localhost']
const pictures = join(import.meta.dirname, '../../.reports/pictures')

type Cell = { cell_type: string; execution_count: number | null; outputs: { output_type: string }[] }

describe(`${inject('template')}: in a browser`, () => {
  let project: Project
  let browser: Browser
  let page: Page
  let printed: string

  beforeAll(async () => {
    const environment = readEnvironment()
    project = await Project.create({ nix: newestNix(environment) })
    const started = await project.start()
    printed = /http:\/\/127\.0\.0\.1:\d+\/lab\S*/.exec(started.stdout)?.[0] ?? ''
    browser = await chromium.launch({
      executablePath: environment.chromium,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    })
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    mkdirSync(pictures, { recursive: true })
  })
  afterAll(async () => {
    await browser?.close()
    await project?.remove()
  })

  test('the printed address opens the starter notebook, it runs, and the saved file holds the outputs', async () => {
    const foreign: string[] = []
    page.on('request', (request) => {
      const { hostname, protocol } = new URL(request.url())
      if (/^(http|ws)/.test(protocol) && !HERE.includes(hostname)) foreign.push(request.url())
    })
    // Before the kernel is connected, JupyterLab already says "idle", and forgets what it is told to run.
    const connected = page.waitForEvent('websocket', { predicate: (socket) => socket.url().includes('/channels') })
    await page.goto(printed)
    await connected
    await page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor({ timeout: 60_000 })
    await page.getByRole('menuitem', { name: 'Run', exact: true }).click()
    await page.locator('[data-command="runmenu:run-all"]').click()

    const saved = await until(
      'every code cell has run in the saved notebook',
      async () => {
        await page.keyboard.press('Control+s')
        const file = readFileSync(join(project.folder, 'notebooks/start.ipynb'), 'utf8')
        const cells = (JSON.parse(file).cells as Cell[]).filter((cell) => cell.cell_type === 'code')
        return cells.every((cell) => cell.execution_count !== null) ? cells : undefined
      },
      120,
    )
    expect(saved.flatMap((cell) => cell.outputs).filter((output) => output.output_type === 'error')).toEqual([])
    expect(saved.some((cell) => cell.outputs.length > 0)).toBe(true)
    expect(foreign).toEqual([])
    await page.screenshot({ path: join(pictures, `${inject('template')}-notebook.png`) })
  })

  test('the page of server.py shows, and asks nobody else for anything', async () => {
    const server = (await project.status()).services.find(({ name }) => name === 'server')
    const foreign: string[] = []
    const app = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    app.on('request', (request) => {
      if (new URL(request.url()).hostname !== '127.0.0.1') foreign.push(request.url())
    })
    const response = await app.goto(`http://127.0.0.1:${server?.port}/`)
    expect(response?.status()).toBe(200)
    expect(foreign).toEqual([])
    await app.screenshot({ path: join(pictures, `${inject('template')}-app.png`) })
    await app.close()
  })
})

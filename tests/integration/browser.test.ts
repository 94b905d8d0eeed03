import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { newestNix, readEnvironment } from '../harness/environment.ts'
import { addressIn, openBrowser, openNotebook, runAllCells } from '../harness/lab-page.ts'
import { Project } from '../harness/project.ts'
import { until } from '../harness/run.ts'

const template = inject('template')
const pictures = join(import.meta.dirname, '../../.reports/pictures')
// The project's own name, and how pages inside a notebook name this computer.
const HERE = /^127\.0\.0\.1$|^([a-z0-9-]+\.)?localhost$/

type Cell = { cell_type: string; execution_count: number | null; outputs: { output_type: string }[] }

describe(`${template}: in a browser`, () => {
  let project: Project
  let browser: Browser
  let address: string

  beforeAll(async () => {
    project = await Project.create({ nix: newestNix(readEnvironment()) })
    const started = await project.start()
    expect(started.code, started.stderr).toBe(0)
    address = addressIn(started.stdout)
    browser = await openBrowser()
    mkdirSync(pictures, { recursive: true })
  })
  afterAll(async () => {
    await browser?.close()
    await project?.remove()
  })

  /** A new page, and what it asks of other machines. */
  async function newPage(): Promise<{ page: Page; foreign: string[] }> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    const foreign: string[] = []
    page.on('request', (request) => {
      const { hostname, protocol } = new URL(request.url())
      if (/^(http|ws)/.test(protocol) && !HERE.test(hostname)) foreign.push(request.url())
    })
    return { page, foreign }
  }

  function codeCells(): Cell[] {
    const notebook = JSON.parse(readFileSync(join(project.folder, 'notebooks/start.ipynb'), 'utf8'))
    return (notebook.cells as Cell[]).filter((cell) => cell.cell_type === 'code')
  }

  test('the printed address opens the starter notebook, it runs, and the saved file holds the outputs', async () => {
    const { page, foreign } = await newPage()
    await openNotebook(page, address)
    await runAllCells(page)
    const saved = await until(
      'every code cell has run in the saved notebook',
      async () => {
        await page.keyboard.press('Control+s')
        const cells = codeCells()
        return cells.every((cell) => cell.execution_count !== null) ? cells : undefined
      },
      120,
    )
    expect(saved.flatMap((cell) => cell.outputs).filter((output) => output.output_type === 'error')).toEqual([])
    expect(saved.some((cell) => cell.outputs.length > 0)).toBe(true)
    expect(foreign).toEqual([])
    await page.screenshot({ path: join(pictures, `${template}-notebook.png`) })
  })

  test('the page of server.py shows, and asks nobody else for anything', async () => {
    const server = (await project.status()).services.find(({ name }) => name === 'server')
    const { page, foreign } = await newPage()
    const response = await page.goto(`http://127.0.0.1:${server?.port}/`)
    expect(response?.status()).toBe(200)
    expect(foreign).toEqual([])
    await page.screenshot({ path: join(pictures, `${template}-app.png`) })
  })
})

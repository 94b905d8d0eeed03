import { mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { faultsOf, linksOf } from '../harness/accessible.ts'
import { newestNix, readEnvironment } from '../harness/environment.ts'
import { addressIn, openBrowser, openNotebook, openService, runAllCells, serviceIn } from '../harness/lab-page.ts'
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
  let server: string

  beforeAll(async () => {
    project = await Project.create({ nix: newestNix(readEnvironment()) })
    const started = await project.start()
    expect(started.code, started.stderr).toBe(0)
    address = addressIn(started.stdout)
    server = serviceIn(started.stdout, 'server')
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

  // H4, C6
  test('the page of server.py shows by its printed address, is locked without it, and asks nobody else', async () => {
    const { page, foreign } = await newPage()
    const locked = await page.goto(new URL('/', server).href)
    expect(locked?.status()).toBe(401)
    expect(await page.textContent('main')).toContain('lab url server')
    await openService(page, server)
    expect((await page.reload())?.status()).toBe(200)
    expect(foreign).toEqual([])
    await page.screenshot({ path: join(pictures, `${template}-app.png`) })
  })

  // H5
  test('the cookie goes to no other server on this computer', async () => {
    const { page } = await newPage()
    await openService(page, server)
    const seen: (string | undefined)[] = []
    const other = createServer((request, response) => {
      seen.push(request.headers.cookie)
      response.end('other')
    })
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    for (const host of ['127.0.0.1', 'localhost', 'other.localhost']) await page.goto(`http://${host}:${port}/`)
    other.close()
    expect(seen.length).toBeGreaterThanOrEqual(3)
    expect(seen.filter((cookie) => cookie !== undefined)).toEqual([])
  })

  test('one click in JupyterLab opens the page of server.py', async () => {
    const { page } = await newPage()
    await page.goto(address)
    await page.getByRole('menuitem', { name: 'Project', exact: true }).click()
    const opened = page.waitForEvent('popup')
    await page.getByRole('menuitem', { name: 'Open server', exact: true }).click()
    const tab = await opened
    await tab.waitForURL((url) => url.host === new URL(server).host && !url.searchParams.has('key'))
    expect((await tab.reload())?.status()).toBe(200)
  })

  // F1, F2
  test.each(
    ['light', 'dark'].flatMap((scheme) => [320, 1280].map((width) => [scheme, width] as ['light' | 'dark', number])),
  )('every link of the pages leads on, and axe-core finds nothing: %s, %i px', async (colorScheme, width) => {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } })
    const page = await context.newPage()
    await page.goto(new URL('/', server).href)
    const faults = await faultsOf(page) // of the page that is locked
    await openService(page, server)
    const waiting = [new URL('/', server).href]
    for (const address of waiting) {
      const response = await page.goto(address)
      expect(response?.status(), address).toBe(200)
      if (!response?.headers()['content-type']?.startsWith('text/html')) continue
      faults.push(...(await faultsOf(page)))
      waiting.push(...(await linksOf(page)).filter((link) => !seenIn(waiting, link)))
    }
    const missing = await page.goto(new URL('/no-such-page', server).href)
    expect(missing?.status()).toBe(404)
    faults.push(...(await faultsOf(page)))
    expect(faults).toEqual([])
    await context.close()
  })
})

/** Whether a page of this path, with a query or without one, waits already. */
function seenIn(addresses: string[], address: string): boolean {
  const place = (text: string) => new URL(text).pathname + (new URL(text).search ? '?' : '')
  return addresses.some((each) => place(each) === place(address))
}

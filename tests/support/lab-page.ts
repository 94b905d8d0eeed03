import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { readEnvironment } from './environment.ts'

/** Headless Chromium from the distribution, asking nobody for updates. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: readEnvironment().chromium,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
}

/** A new page, without anything of other pages. It waits for long: many tests share the machine. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options })
  page.setDefaultTimeout(180_000)
  return page
}

/** The same address for a program, which does not know names under .localhost as a browser does. */
export function forPrograms(address: string): URL {
  const url = new URL(address)
  url.hostname = '127.0.0.1'
  return url
}

/**
 * Open a notebook by the address that `./start` printed, and wait until its kernel takes orders.
 * @throws Error with the words of the page where that does not come about
 */
export async function openNotebook(page: Page, address: string): Promise<void> {
  // Before the kernel is connected, JupyterLab already says "idle", and forgets what it is told to run.
  const connected = page.waitForEvent('websocket', { predicate: (socket) => socket.url().includes('/channels') })
  await page.goto(address)
  await connected.catch(async (error) => {
    await page.screenshot({ path: pictureOf('no-kernel') })
    throw new Error(`no kernel: ${error}\n${await page.locator('body').allInnerTexts()}`)
  })
  await page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor()
}

/** Run → Run All Cells. */
export async function runAllCells(page: Page): Promise<void> {
  await page.getByRole('menuitem', { name: 'Run', exact: true }).click()
  await page.locator('[data-command="runmenu:run-all"]').click()
}

/** What a page asks of other machines, from now on. Its own are the project's name, and what notebooks call this computer. */
export function foreignTo(page: Page): string[] {
  const foreign: string[] = []
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url())
    const isHere = /^127\.0\.0\.1$|^([a-z0-9-]+\.)?localhost$/.test(hostname)
    if (/^(http|ws)/.test(protocol) && !isHere) foreign.push(request.url())
  })
  return foreign
}

/** The file for a picture of this name, which CI keeps. */
export function pictureOf(name: string): string {
  const directory = join(import.meta.dirname, '../../.reports/pictures')
  mkdirSync(directory, { recursive: true })
  return join(directory, `${name}.png`)
}

/** The address of JupyterLab in what `./start` printed. */
export function addressIn(output: string): string {
  const address = /http:\/\/[a-z0-9-]+\.localhost:\d+\/lab\S*\?token=\S+/.exec(output)?.[0]
  if (!address) throw new Error(`no address of JupyterLab in: ${output}`)
  return address
}

/** The address of another service in what `./start` printed, its key included. */
export function serviceIn(output: string, name: string): string {
  const address = new RegExp(`^ *${name} +(http://\\S+[?]key=\\S+)$`, 'm').exec(output)?.[1]
  if (!address) throw new Error(`no address of ${name} in: ${output}`)
  return address
}

/** Open a page by its address with the key, and wait until it has become the page itself. */
export async function openService(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await page.waitForURL((url) => !url.searchParams.has('key'))
}

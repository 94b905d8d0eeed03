import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { faultsOf, judge, linksOf } from '../support/accessible.ts'
import { foreignTo, openPage, openService, pictureOf } from '../support/lab-page.ts'
import { isFirstToServe, shownToServe, template } from '../support/template.ts'

/**
 * The tests of what server.py shows, in a project that runs and whose notebook has run: pages show what it has made.
 * @param given asked by each test
 */
export function testPages(given: () => { browser: Browser; server: string }): void {
  // H4, C6
  test('the page of server.py shows by its printed address, is locked without it, and asks nobody else', async () => {
    const { browser, server } = given()
    const page = await openPage(browser)
    const foreign = foreignTo(page)
    const locked = await page.goto(new URL('/', server).href)
    expect(locked?.status()).toBe(401)
    expect(await page.textContent('main')).toContain('lab url server')
    await openService(page, server)
    expect((await page.reload())?.status()).toBe(200)
    expect(foreign).toEqual([])
    await page.screenshot({ path: pictureOf(`${template.id}-app`) })
  })

  // H5
  test.runIf(isFirstToServe)(`the cookie goes to no other server on this computer${shownToServe}`, async () => {
    const { browser, server } = given()
    const page = await openPage(browser)
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

  // F1, F2
  test('every link of the pages leads on, and axe-core finds nothing: light and dark, 320 and 1280 px', async () => {
    const { browser, server } = given()
    const page = await openPage(browser)
    await judge(page)
    const faults: string[] = []
    const look = async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        for (const width of [320, 1280]) {
          await page.emulateMedia({ colorScheme })
          await page.setViewportSize({ width, height: 900 })
          await settle(page)
          const found = await faultsOf(page, { onlyColours: colorScheme === 'dark' })
          faults.push(...found.map((fault) => `${colorScheme}, ${width} px: ${fault}`))
        }
      }
    }
    await page.goto(new URL('/', server).href)
    if (isFirstToServe) await look() // at the page that is locked
    await openService(page, server)
    const waiting = [new URL('/', server).href]
    for (const address of waiting) {
      const response = await page.goto(address)
      expect(response?.status(), address).toBe(200)
      if (!response?.headers()['content-type']?.startsWith('text/html')) continue
      await look()
      waiting.push(...(await linksOf(page)).filter((link) => !seenIn(waiting, link)))
    }
    const missing = await page.goto(new URL('/no-such-page', server).href)
    expect(missing?.status()).toBe(404)
    if (isFirstToServe) await look()
    expect(faults).toEqual([])
    await page.close()
  })
}

/** Colours change little by little, and are not to be seen in between. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame)
    await Promise.allSettled(document.getAnimations().map(({ finished }) => finished))
  })
}

/** Whether a page of this path, with a query or without one, waits already. */
function seenIn(addresses: string[], address: string): boolean {
  const place = (text: string) => new URL(text).pathname + (new URL(text).search ? '?' : '')
  return addresses.some((each) => place(each) === place(address))
}

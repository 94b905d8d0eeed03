import type { Browser, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { faultsOf, judge } from '../../support/accessible.ts'
import { openPage, openService } from '../../support/lab-page.ts'

/**
 * The tests of the page inside the notebook, in a project that runs and whose notebook has just run.
 * @param given asked by each test; `page` shows the notebook
 */
export function testBridge(given: () => { browser: Browser; page: Page; server: string }): void {
  test('a click on it changes a Python variable of the kernel', async () => {
    const { page } = given()
    const votes = page.locator('.jp-CodeCell', { has: page.locator('.cm-content', { hasText: /^votes$/ }) }).first()
    const inside = page.frameLocator('iframe[src*="key="]')
    await page.locator('iframe[src*="key="]').scrollIntoViewIfNeeded()
    const water = inside.getByRole('button', { name: 'water' })
    for (const count of ['1', '2', '3']) {
      await water.click()
      await inside.locator('strong').nth(2).filter({ hasText: count }).waitFor()
    }

    await votes.locator('.cm-content').click()
    await page.keyboard.press('Control+Enter')
    const output = votes.locator('.jp-OutputArea-output', { hasText: "'water': 3" })
    await output.waitFor()
    expect(await output.textContent()).toContain("'water': 3")
  })

  test('in another browser, which its key does not open any more, it says what does', async () => {
    const { browser, page } = given()
    const used = await page.locator('iframe[src*="key="]').getAttribute('src')
    const other = await openPage(browser)
    expect((await other.goto(String(used)))?.status()).toBe(401)
    expect(await other.textContent('main')).toContain('run the cell again')
    await other.close()
  })

  test('a page whose server is gone says so, keeps what was typed, and takes that back', async () => {
    const { browser, server } = given()
    const page = await openPage(browser)
    await judge(page)
    await openService(page, server)
    await page.context().setOffline(true)
    await page.fill('#text', 'not yet')
    await page.keyboard.press('Enter')
    const lost = page.getByRole('alert').filter({ hasText: 'lab status' })
    await lost.waitFor()
    expect(await faultsOf(page)).toEqual([])
    expect(await page.inputValue('#text')).toBe('not yet')
    await page.context().setOffline(false)
    await lost.waitFor({ state: 'detached' })
    await page.close()
  })

  // F1
  test('on the board the focus stays where it was, or goes to what came in its place', async () => {
    const { browser, server } = given()
    const page = await openPage(browser)
    await openService(page, server)
    const press = async (id: string, method: string, key = 'Enter') => {
      // What came in answers to keys only when htmx has settled it, a moment after it is seen.
      await page.evaluate(() => {
        const settled = new Promise((resolve) => document.addEventListener('htmx:afterSettle', resolve, { once: true }))
        Object.assign(window, { settled })
      })
      const answered = page.waitForResponse((response) => response.request().method() === method)
      await page.locator(`#${id}`).focus()
      await page.keyboard.press(key)
      await answered
      await page.evaluate(() => Reflect.get(window, 'settled'))
    }
    const focused = (id: string) => page.waitForFunction((wanted) => document.activeElement?.id === wanted, id)

    for (const text of ['one', 'two', 'three']) {
      await page.fill('#text', text)
      await press('text', 'POST')
      await page.getByText(text, { exact: true }).waitFor()
    }
    await focused('text')
    const ids = await page.locator('.cards .remove').evaluateAll((buttons) => buttons.map(({ id }) => id))
    const [first, second, third] = ids.map((id) => id.replace('remove-', ''))
    await press(`tick-${first}`, 'POST', 'Space')
    await page.locator(`li.done #tick-${first}`).waitFor()
    await focused(`tick-${first}`)
    await press(`remove-${first}`, 'DELETE')
    await page.locator(`#remove-${first}`).waitFor({ state: 'detached' })
    await focused(`remove-${second}`)
    await press('show-open', 'GET')
    await page.locator('#show-open[aria-pressed="true"]').waitFor()
    await focused('show-open')
    await press(`tick-${second}`, 'POST', 'Space')
    await page.locator(`#tick-${second}`).waitFor({ state: 'detached' })
    await focused(`tick-${third}`)
    await press('clear-done', 'DELETE')
    await page.locator('#clear-done').waitFor({ state: 'detached' })
    await focused('show-open')
    expect(await page.locator('#show-open').getAttribute('aria-pressed')).toBe('true')
  })
}

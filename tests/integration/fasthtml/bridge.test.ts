import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newestNix, readEnvironment } from '../../harness/environment.ts'
import { addressIn, openBrowser, openNotebook, runAllCells } from '../../harness/lab-page.ts'
import { Project } from '../../harness/project.ts'

describe('fasthtml: the page inside the notebook', () => {
  let project: Project
  let browser: Browser
  let address: string

  beforeAll(async () => {
    project = await Project.create({ nix: newestNix(readEnvironment()) })
    address = addressIn((await project.start()).stdout)
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await project?.remove()
  })

  test('a click on it changes a Python variable of the kernel', async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    await openNotebook(page, address)
    await runAllCells(page)

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
})

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newestNix, readEnvironment } from '../../../tests/support/environment.ts'
import {
  addressIn,
  foreignTo,
  openBrowser,
  openNotebook,
  openPage,
  pictureOf,
} from '../../../tests/support/lab-page.ts'
import { Project } from '../../../tests/support/project.ts'
import { must, until } from '../../../tests/support/run.ts'

// With the packages of nixpkgs, as datasci has them. A kernel knows nothing of what is asked here: no cell is run.

const CELLS = ['import json\n\nprint(no_such_name)', 'json.du']
let project: Project
let browser: Browser
let page: Page
let address: string
let foreign: string[]

beforeAll(async () => {
  project = await Project.create({ flags: ['--with', 'lsp'], nix: newestNix(readEnvironment()) })
  const notebook = JSON.parse(readFileSync(join(project.directory, 'notebooks/start.ipynb'), 'utf8'))
  const cells = CELLS.map((source, at) => {
    return { cell_type: 'code', execution_count: null, id: `cell-${at}`, metadata: {}, outputs: [], source }
  })
  writeFileSync(join(project.directory, 'notebooks/typed.ipynb'), JSON.stringify({ ...notebook, cells }))
  const started = await project.start()
  expect(started.code, started.stderr).toBe(0)
  browser = await openBrowser()
  page = await openPage(browser)
  foreign = foreignTo(page)
  address = addressIn(started.stdout)
  await openNotebook(page, address.replace(/\/lab[^?]*/, '/lab/tree/notebooks/typed.ipynb'))
})
afterAll(async () => {
  await browser?.close()
  await project?.remove()
})

const cell = (at: number) => page.locator('.jp-Cell').nth(at)

test('a mistake is underlined before anything runs, and says what it is', async () => {
  const mark = cell(0).locator('.cm-lintRange').filter({ hasText: 'no_such_name' })
  await mark.waitFor()
  await mark.hover()
  await page.locator('.cm-tooltip').getByText('Undefined name `no_such_name`').waitFor()
  await page.screenshot({ path: pictureOf('lsp-diagnostics') })
})

test('Tab completes what a cell above has imported, though no cell was run', async () => {
  await cell(1).locator('.cm-content').click()
  await page.keyboard.press('End')
  const match = page.locator('.jp-Completer-item').filter({ hasText: /dumps\(/ })
  // The server answers once it has read the notebook; until then there is nothing to complete.
  await until('the completer offers json.dumps', async () => {
    await page.keyboard.press('Tab')
    await match.waitFor({ timeout: 20_000 })
    return true
  })
  await page.screenshot({ path: pictureOf('lsp-completion') })
  await match.click()
  await until('it is typed', async () => {
    return (await cell(1).locator('.cm-content').textContent())?.includes('json.dumps') || undefined
  })
})

test('one server runs, on no port, and nothing of it stays in the project', async () => {
  expect((await project.lab('audit')).stdout).toContain('No other user of this computer gets an answer.')
  const { port } = new URL(address)
  for (const path of ['/lsp/status', '/lsp/ws/pylsp']) {
    expect((await fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual' })).status, path).not.toBe(200)
  }
  expect(await must('git', ['status', '--porcelain', '--untracked-files=all'], project.here())).toMatch(
    /^(\?\? notebooks\/typed\.ipynb\n)?$/,
  )
  expect(foreign).toEqual([])
})

test('doctor knows it, and ruff formats notebooks', async () => {
  expect((await project.lab('doctor')).stdout).toContain('ok       JupyterLab finds its language server.')
  const formatted = await project.develop(['ruff', 'format', '--check', 'notebooks'])
  expect(formatted.stderr).not.toMatch(/error/i)
})

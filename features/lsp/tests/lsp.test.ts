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

const DEFINITION = 'def measure(thing):\n    """How long it is."""\n    return len(thing)'
const CELLS = ['import json\n\nprint(no_such_name)', 'json.du', DEFINITION, 'answer = measure("12")']
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

test('what is under the pointer is explained with Ctrl held, found where it is defined, and renamed in all cells', async () => {
  const call = cell(3).locator('.cm-content')
  const position = { x: 95, y: 12 } // on the name of the function
  await until('the explanation', async () => {
    await call.hover({ position: { x: 20, y: 12 } })
    await page.keyboard.down('Control')
    await call.hover({ position })
    await page.getByText('How long it is.').nth(1).waitFor({ timeout: 5_000 })
    await page.keyboard.up('Control')
    return true
  })
  const choose = async (label: string) => {
    await call.click({ position, button: 'right' })
    await page.locator('.lm-Menu-item').filter({ hasText: label }).first().click()
  }
  await call.click({ position })
  await choose('Jump to definition')
  await page.locator('.jp-Cell.jp-mod-active').filter({ hasText: 'def measure' }).waitFor()
  await call.click({ position })
  await choose('Rename symbol')
  await page.locator('.jp-Dialog input').fill('weigh')
  await page.locator('.jp-Dialog').getByRole('button', { name: 'Rename' }).click()
  for (const at of [2, 3]) await cell(at).locator('.cm-content').filter({ hasText: 'weigh(' }).waitFor()
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

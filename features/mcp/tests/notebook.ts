import { readFileSync, writeFileSync } from 'node:fs'
import type { Page } from 'playwright-core'

type Cell = { cell_type: string; source: string | string[] }

/** Writes a notebook of code cells, with the kernel of another one. */
export function writeNotebook(file: string, like: string, sources: string[]): void {
  const { metadata, nbformat, nbformat_minor } = JSON.parse(readFileSync(like, 'utf8'))
  const cells = sources.map((source, at) => ({
    cell_type: 'code',
    id: `cell-${at}`,
    metadata: {},
    execution_count: null,
    outputs: [],
    source,
  }))
  writeFileSync(file, JSON.stringify({ cells, metadata, nbformat, nbformat_minor }))
}

/** The sources of a notebook's cells, as they are on the disk. */
export function sourcesOnDisk(file: string): string[] {
  const { cells } = JSON.parse(readFileSync(file, 'utf8')) as { cells: Cell[] }
  return cells.map(({ source }) => [source].flat().join(''))
}

/** The same as a person sees them. The page has to be so high that all cells fit. */
export function sourcesInTab(page: Page): Promise<string[]> {
  return page
    .locator('.jp-Notebook .jp-CodeCell .cm-content')
    .evaluateAll((editors) =>
      editors.map((editor) => [...editor.querySelectorAll('.cm-line')].map((line) => line.textContent).join('\n')),
    )
}

/** Types a line at the end of a cell, as a person does. */
export async function typeInto(page: Page, at: number, line: string): Promise<void> {
  await page.locator('.jp-Notebook .jp-CodeCell').nth(at).locator('.cm-content').click()
  await page.keyboard.press('Control+End')
  await page.keyboard.press('Enter')
  await page.keyboard.insertText(line)
}

/** Inserts a cell below another one by the keys that JupyterLab has for it, and types into it: each when the last is done. */
export async function insertBelow(page: Page, at: number, line: string): Promise<void> {
  const active = page.locator('.jp-Notebook .jp-CodeCell.jp-mod-active .cm-content')
  await page.locator('.jp-Notebook .jp-CodeCell').nth(at).locator('.cm-content').click()
  await page.keyboard.press('Escape')
  await page.locator('.jp-Notebook.jp-mod-commandMode').waitFor()
  await page.keyboard.press('b')
  await active.filter({ hasNotText: /\S/ }).waitFor()
  await page.keyboard.press('Enter')
  await page.locator('.jp-Notebook.jp-mod-editMode .jp-mod-active .cm-focused').waitFor()
  await page.keyboard.insertText(line)
}

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page, Response } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faultsOf, judge } from '../support/accessible.ts'
import { fillWithConda } from '../support/home.ts'
import {
  addressIn,
  foreignTo,
  forPrograms,
  openBrowser,
  openNotebook,
  openPage,
  pictureOf,
  runAllCells,
  serviceIn,
} from '../support/lab-page.ts'
import { listenersOf, processesOf } from '../support/processes.ts'
import { Project } from '../support/project.ts'
import { run, until } from '../support/run.ts'
import {
  isFilledByUv,
  isFirstOfItsKind,
  isOfItsOwn,
  shownElsewhere,
  shownUnlessOwn,
  template,
} from '../support/template.ts'
import { testBridge } from './fasthtml/bridge.ts'
import { testPages } from './pages.ts'

const NOTEBOOK = 'notebooks/start.ipynb'
const SAVE_AS = 'Save and Export Notebook As'
const EXPORTS = '.lm-Menu-item[data-command="notebook:export-to-format"]'

/** What JupyterLab leaves out of its menu: a notebook stays one, and the others have entries of their own. */
const NOT_IN_THE_MENU = ['notebook', 'python', 'custom']

describe(`${template.id}: JupyterLab as people use it`, () => {
  let project: Project
  let browser: Browser
  let page: Page
  let address: string
  let server: string
  let foreign: string[]

  beforeAll(async () => {
    project = await Project.shared()
    fillWithConda(String(project.env.HOME))
    // Other tests need the processors too: torch's threads, where there are any, shall not count while they wait.
    const env = { SHELL: '/bin/sh', OMP_WAIT_POLICY: 'PASSIVE' }
    const started = await run(join(project.directory, 'start'), ['--no-open'], project.here({ env }))
    expect(started.code, started.stderr).toBe(0)
    address = addressIn(started.stdout)
    server = serviceIn(started.stdout, 'server')
    browser = await openBrowser()
    page = await openPage(browser, { colorScheme: 'light' })
    foreign = foreignTo(page)
    await openNotebook(page, address)
  })
  afterAll(async () => {
    await browser?.close()
    await project?.remove()
  })

  /** JupyterLab with its launcher, and nothing that was open before. */
  const emptyPage = () => `${address.replace(/\/lab\S*[?]/, '/lab?')}&reset`

  /**
   * A terminal of JupyterLab on a dark system, and what closes it. One template shows a page that begins dark; to load
   * JupyterLab once more takes seconds of computing, so in the others the system becomes dark while it is open.
   */
  const openDarkTerminal = async (): Promise<{ page: Page; close: () => Promise<void> }> => {
    if (template.id === 'minimal') {
      const fresh = await openPage(browser, { colorScheme: 'dark' })
      await fresh.goto(emptyPage())
      await fresh.locator('.jp-LauncherCard[title*="terminal" i]').click()
      return { page: fresh, close: () => fresh.close() }
    }
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.getByRole('menuitem', { name: 'File', exact: true }).click()
    await page.locator('.lm-Menu-item', { hasText: /^New$/ }).hover()
    await page.locator('.lm-Menu-item[data-command="terminal:create-new"]').click()
    const tab = page.locator('.lm-DockPanel-tabBar .lm-TabBar-tab.jp-mod-current')
    return {
      page,
      close: async () => {
        await tab.locator('.lm-TabBar-tabCloseIcon').click()
        await page.emulateMedia({ colorScheme: 'light' })
      },
    }
  }

  test('A5: the starter notebook is as it was when its kernel runs, and is saved with its outputs alone', async () => {
    const changed = page.locator('.lm-TabBar-tab.jp-mod-dirty')
    expect(await changed.count()).toBe(0)
    expect(await project.gitStatus()).toBe('')

    const before = readNotebook(project)
    const code = before.cells.findIndex((cell) => cell.cell_type === 'code')
    await page.locator('.jp-Notebook .jp-Cell').nth(code).locator('.cm-content').click()
    await page.keyboard.press('Control+Enter')
    await changed.waitFor()
    await page.locator('.jp-CodeCell .jp-OutputArea-output').first().waitFor()
    await page.keyboard.press('Control+s')
    await until('the notebook is saved', async () => (await changed.count()) === 0 || undefined)
    const saved = readNotebook(project)
    expect(saved.cells[code]?.outputs).not.toEqual([])
    expect({ ...saved, cells: [] }).toEqual({ ...before, cells: [] })
  })

  test('the starter notebook runs, asks nobody else, and the saved file holds the outputs', async () => {
    await runAllCells(page)
    const save = async () => {
      await page.keyboard.press('Control+s')
      const code = readNotebook(project).cells.filter((cell) => cell.cell_type === 'code')
      return code.every((cell) => cell.execution_count !== null) ? code : undefined
    }
    const cells = await until('every code cell has run in the saved notebook', save, 180, 1000)
    expect(cells.flatMap((cell) => cell.outputs ?? []).filter((output) => output.output_type === 'error')).toEqual([])
    expect(cells.some((cell) => cell.outputs?.length)).toBe(true)
    expect(foreign).toEqual([])
    await page.screenshot({ path: pictureOf(`${template.id}-notebook`) })
  })

  if (template.id === 'fasthtml') {
    describe('the page inside the notebook', () => testBridge(() => ({ browser, page, server })))
  }

  test.runIf(isFirstOfItsKind)(`one click opens the page of server.py${shownElsewhere}`, async () => {
    await page.getByRole('menuitem', { name: 'Project', exact: true }).click()
    const opened = page.waitForEvent('popup')
    await page.getByRole('menuitem', { name: 'Open server', exact: true }).click()
    const tab = await opened
    await tab.waitForURL((url) => url.host === new URL(server).host && !url.searchParams.has('key'))
    expect((await tab.reload())?.status()).toBe(200)
    await tab.close()
  })

  test('a tab without a login names the commands of the project, and the token opens it', async () => {
    const fresh = await openPage(browser)
    await judge(fresh)
    await fresh.goto(address.replace(/[?].*/, ''))
    await fresh.locator('pre', { hasText: './lab open' }).waitFor()
    expect(await faultsOf(fresh)).toEqual([])
    const giveToken = async (token: string) => {
      await fresh.getByLabel('paste the token').fill(token)
      await fresh.getByRole('button', { name: 'Open JupyterLab' }).click()
    }
    await giveToken('wrong')
    await fresh.getByRole('alert').waitFor()
    await giveToken(`  ${address} `) // whoever copies takes all of it
    await fresh.waitForURL((url) => url.pathname.startsWith('/lab'))
    await fresh.close()
  })

  test('A3: %pip install in a cell names the command that lasts', async () => {
    await page.locator('.jp-Notebook .jp-CodeCell').first().locator('.jp-InputPrompt').click()
    await page.keyboard.press('b')
    const cell = page.locator('.jp-Notebook .jp-CodeCell.jp-mod-active')
    await cell.locator('.cm-content').click()
    await page.keyboard.insertText('%pip install cowsay')
    await page.keyboard.press('Control+Enter')
    await cell.locator('.jp-OutputArea-output', { hasText: 'Next: !lab add cowsay' }).waitFor()
  })

  const ofTerminal =
    'A2, A7: a terminal, dark as the system is, has the programs of the project, whatever ~/.bashrc makes of PATH'
  test.runIf(isOfItsOwn)(`${ofTerminal}${shownUnlessOwn}`, async () => {
    const names = ['lab', 'python', 'python3', 'git', ...(isFilledByUv ? ['uv'] : [])]
    const [wanted, prefix] = await Promise.all([
      project.develop(['sh', '-c', names.map((name) => `command -v ${name}`).join('; ')]),
      project.develop(['python', '-c', 'import sys; print(sys.prefix)']),
    ])
    const { page, close } = await openDarkTerminal()
    await page.locator('body[data-jp-theme-light="false"]').waitFor({ state: 'attached' })
    const terminal = page.locator('.jp-Terminal .xterm-helper-textarea')
    await terminal.waitFor()
    const said = async (name: string, command: string) => {
      const file = join(project.env.HOME ?? '', name)
      await page.keyboard.insertText(`{ ${command}; } >~/${name}.new 2>&1; mv ~/${name}.new ~/${name}`)
      await page.keyboard.press('Enter')
      return until(`the terminal has run: ${command}`, async () =>
        existsSync(file) ? readFileSync(file, 'utf8') : undefined,
      )
    }
    expect(await said('taste', 'taste')).toBe('of ~/.bashrc\n')
    expect(await said('where', names.map((name) => `type -P ${name}`).join('; '))).toBe(wanted.stdout)
    expect(await said('prefix', 'python -c "import sys; print(sys.prefix)"')).toBe(prefix.stdout)
    expect(await said('git', 'git --version')).toMatch(/^git version /)
    expect(await said('status', 'lab status')).toContain(address.split('/lab')[0])
    expect(await said('more', 'echo "$HOSTILE:$PYTHONPATH:$CONDA_PREFIX:$JUPYTER_TOKEN_FILE"')).toBe('yes:::\n')
    // Programs of this computer would be other ones with them (H11).
    expect(await said('ours', 'env | grep -E "^(PYTHON|JUPYTER|IPYTHON)"; true')).toBe('')
    await close()
  })

  test('A6: each format that the menu File offers can be made, and the browser gets it', async () => {
    const { origin, searchParams } = forPrograms(address)
    const headers = { Authorization: `token ${searchParams.get('token')}` }
    const listed = (await (await fetch(`${origin}/api/nbconvert`, { headers })).json()) as Record<string, unknown>
    const formats = Object.keys(listed).filter((format) => !NOT_IN_THE_MENU.includes(format))
    expect(formats).toEqual(expect.arrayContaining(['html', 'markdown', 'script', 'slides']))
    expect(formats.filter((format) => /^(web|qt)/.test(format))).toEqual([])

    const offered = await exportMenu(page)
    // "Executable Script" is in the menu by itself.
    expect(offered.length, offered.join()).toBe(formats.length)
    const answers = await Promise.all(
      formats.map(async (format) => {
        const answer = await fetch(`${origin}/nbconvert/${format}/${NOTEBOOK}?download=true`, { headers })
        return [format, answer.status]
      }),
    )
    expect(answers).toEqual(formats.map((format) => [format, 200]))

    const predicate = (answer: Response) => new URL(answer.url()).pathname.startsWith('/nbconvert/')
    const answered = page.context().waitForEvent('response', { predicate })
    await page.locator(EXPORTS, { hasText: 'Markdown' }).click()
    const answer = await answered
    expect([answer.status(), answer.headers()['content-disposition']]).toEqual([200, expect.stringContaining('start.')])
  })

  test('the launcher has the logo of Python', async () => {
    const { origin, searchParams } = forPrograms(address)
    const headers = { Authorization: `token ${searchParams.get('token')}` }
    const { kernelspecs } = (await (await fetch(`${origin}/api/kernelspecs`, { headers })).json()) as Kernels
    const logo = await fetch(`${origin}${kernelspecs.python3.resources['logo-svg']}`, { headers })
    expect(logo.headers.get('content-type')).toBe('image/svg+xml')
  })

  test('everything listens on 127.0.0.1 and nothing else, the kernel of a notebook that has run, too', () => {
    const listeners = listenersOf(processesOf(project.state))
    expect(listeners.length).toBeGreaterThanOrEqual(2)
    expect(listeners.filter((address) => !address.startsWith('127.0.0.1:'))).toEqual([])
  })

  test('A7: JupyterLab is light where the system is', async () => {
    await page.locator('body[data-jp-theme-light="true"]').waitFor({ state: 'attached' })
  })

  describe('the pages of server.py', () => testPages(() => ({ browser, server })))
})

type Cell = { cell_type: string; execution_count?: number | null; outputs?: { output_type: string }[] }
type Kernels = { kernelspecs: { python3: { resources: Record<string, string> } } }
type Notebook = { cells: Cell[]; metadata: object }

function readNotebook(project: Project): Notebook {
  return JSON.parse(readFileSync(join(project.directory, NOTEBOOK), 'utf8')) as Notebook
}

/** The entries of File → Save and Export Notebook As. */
async function exportMenu(page: Page): Promise<string[]> {
  await page.getByRole('menuitem', { name: 'File', exact: true }).click()
  await page.locator('.lm-Menu-item', { hasText: SAVE_AS }).hover()
  const entries = page.locator(EXPORTS)
  await entries.first().waitFor()
  return entries.allInnerTexts()
}

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newestNix, readEnvironment } from '../support/environment.ts'
import { addressIn, openBrowser, openNotebook, openPage, runAllCells } from '../support/lab-page.ts'
import { Project } from '../support/project.ts'
import { until } from '../support/run.ts'
import { template } from '../support/template.ts'

/** Writes down where the slider stands, each time that it is moved. */
const CELL = `import pathlib, ipywidgets
slider = ipywidgets.IntSlider(value=3, min=0, max=10)
slider.observe(lambda change: pathlib.Path("moved.txt").write_text(str(change["new"])), "value")
slider`

const environment = readEnvironment()
/**
 * The versions that nixpkgs most likely has; and in one template whose environment is made as another one's, the newest that
 * there are.
 */
const isNewest = template.id === 'datasci' && environment.nixpkgsNewest
const sets = isNewest
  ? [{ set: 'as new as PyPI has it', nixpkgs: environment.nixpkgsNewest, versions: newestVersion() }]
  : [{ set: 'as nixpkgs has it', nixpkgs: '', versions: /./ }]

function newestVersion(): RegExp {
  const lock = readFileSync(join(import.meta.dirname, '../nixpkgs/python/newest.json'), 'utf8')
  const { packages } = JSON.parse(lock) as { packages: Record<string, { version: string }> }
  return new RegExp(`^${packages.jupyterlab?.version} ${packages['jupyter-server']?.version}\n$`)
}

type Extension = { name: string; load: string }

// A1: an environment of Nix is made of links, and tornado refuses what a link leads to.
describe.each(sets)(`${template.id}: prebuilt extensions of JupyterLab, $set`, ({ nixpkgs, versions }) => {
  let project: Project
  let browser: Browser
  let address: string

  beforeAll(async () => {
    project = nixpkgs ? await Project.create({ nix: newestNix(environment), nixpkgs }) : await Project.shared()
    const added = await project.lab('add', 'ipywidgets')
    expect(added.code, added.stderr).toBe(0)
    const notebook = JSON.parse(readFileSync(join(project.directory, 'notebooks/start.ipynb'), 'utf8'))
    const cell = { cell_type: 'code', execution_count: null, id: 'slider', metadata: {}, outputs: [], source: CELL }
    writeFileSync(join(project.directory, 'notebooks/slider.ipynb'), JSON.stringify({ ...notebook, cells: [cell] }))
    const started = await project.start()
    expect(started.code, started.stderr).toBe(0)
    address = addressIn(started.stdout)
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await project?.remove()
  })

  const get = (path: string) => {
    const { port, searchParams } = new URL(address)
    const headers = { Authorization: `token ${searchParams.get('token')}` }
    return fetch(`http://127.0.0.1:${port}${path}`, { headers })
  }

  test('it is the JupyterLab that this set has', async () => {
    const code = 'import jupyterlab, jupyter_server; print(jupyterlab.__version__, jupyter_server.__version__)'
    expect((await project.develop(['python', '-c', code])).stdout).toMatch(versions)
  })

  test('A1: all that the page names are served', async () => {
    const page = await (await get('/lab')).text()
    const text = /id="jupyter-config-data"[^>]*>(.*?)<\/script>/s.exec(page)?.[1] ?? ''
    const extensions = (JSON.parse(text) as { federated_extensions: Extension[] }).federated_extensions
    expect(extensions.map(({ name }) => name)).toContain('@jupyter-widgets/jupyterlab-manager')
    expect(extensions.length).toBeGreaterThanOrEqual(2)
    const answers = await Promise.all(
      extensions.map(async ({ name, load }) => [name, (await get(`/lab/extensions/${name}/${load}`)).status]),
    )
    expect(answers).toEqual(extensions.map(({ name }) => [name, 200]))
    const doctor = await project.lab('doctor')
    expect(doctor.stdout).toContain(`JupyterLab can load its extensions: ${extensions.length}.`)
  })

  test('A1: a slider is drawn, and Python hears of it when the mouse moves it', async () => {
    const page = await openPage(browser)
    await openNotebook(page, address.replace('start.ipynb', 'slider.ipynb'))
    await runAllCells(page)
    const handle = page.locator('.jp-OutputArea-output .noUi-handle')
    await handle.waitFor()
    await drag(page, handle, 100)
    const file = join(project.directory, 'notebooks/moved.txt')
    const moved = await until('Python hears of the slider', async () =>
      existsSync(file) ? Number(readFileSync(file, 'utf8')) || undefined : undefined,
    )
    expect(moved).toBeGreaterThan(3)
  })
})

async function drag(page: Page, handle: Locator, pixels: number): Promise<void> {
  const box = await handle.boundingBox()
  if (!box) throw new Error('the slider cannot be seen')
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  await page.mouse.move(x, y)
  await page.mouse.down()
  await page.mouse.move(x + pixels, y, { steps: 5 })
  await page.mouse.up()
}

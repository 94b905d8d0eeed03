// Updates docs/pictures: a notebook and a page of every tier, out of projects that really run.
//   node scripts/take-pictures.mjs            all tiers
//   node scripts/take-pictures.mjs uv cuda    these
// It needs a built program, what tests/provision/provision fetches, and pngquant.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { cache, FLAKES } from '../tests/support/cache.mjs'

/** @typedef {import('playwright-core').Page} Page */

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const PICTURES = join(ROOT, 'docs/pictures')
const PROGRAM = join(ROOT, 'packages/create-nix-jupyter/bin/create-nix-jupyter.cjs')
const SIZE = { width: 1280, height: 900 }
const LIMIT = 150_000

/**
 * What is worth showing: the part of the notebook that is scrolled to, what is done there first, and what a visitor does on
 * the page of server.py.
 * @type {Record<string, { result: string, play?: (page: Page) => Promise<void>, visit?: (page: Page) => Promise<void> }>}
 */
const SCENES = {
  minimal: {
    result: '.jp-OutputArea-output img',
    visit: async (page) => {
      await page.getByRole('link', { name: 'start.ipynb' }).click()
      const heading = page.getByRole('heading', { name: 'A first result' })
      await heading.evaluate((element) => element.scrollIntoView({ block: 'start' }))
    },
  },
  datasci: {
    result: '.jp-OutputArea-output img',
    visit: (page) => page.getByRole('link', { name: 'Barbera' }).click(),
  },
  cuda: {
    result: '.jp-OutputArea-output img',
    visit: async (page) => {
      await page.goto(new URL('/?x=0.46&y=-0.29', page.url()).href)
    },
  },
  fasthtml: {
    result: 'iframe',
    play: async (page) => {
      const ballot = page.frameLocator('iframe[src*="key="]')
      for (const drink of ['coffee', 'coffee', 'coffee', 'water']) {
        const answered = page.waitForResponse((response) => response.url().endsWith(`/vote/${drink}`))
        await ballot.getByRole('button', { name: drink }).click()
        await answered
      }
    },
    visit: async (page) => {
      for (const card of ['Show it to a friend', 'Ask what the others drink']) {
        await page.getByPlaceholder('What is next?').fill(card)
        await page.getByRole('button', { name: 'Add', exact: true }).click()
        await page.getByText(card).waitFor()
      }
    },
  },
  uv: {
    result: '.jp-OutputArea-output img',
    visit: async (page) => {
      const sorted = page.waitForResponse((response) => response.url().includes('size'))
      await page.getByText('size', { exact: true }).first().click()
      await sorted
    },
  },
}

// Asked at the start: the pictures of all tiers take minutes, and would be lost.
if (spawnSync('pngquant', ['--version']).error) {
  console.error(
    'pngquant, which makes the pictures small, is not installed.\n  Next: sudo apt install pngquant, or: nix develop',
  )
  process.exit(1)
}

const environment = JSON.parse(readFileSync(join(cache, 'environment.json'), 'utf8'))
const tiers = process.argv.length > 2 ? process.argv.slice(2) : allTiers()
mkdirSync(PICTURES, { recursive: true })
for (const tier of tiers) await takePictures(tier)

/** In the order of their manifests. */
function allTiers() {
  return readdirSync(join(ROOT, 'templates'))
    .map((name) => join(ROOT, 'templates', name, 'template.json'))
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, 'utf8')))
    .sort((a, b) => a.order - b.order)
    .map(({ id }) => id)
}

/** @param {string} tier */
async function takePictures(tier) {
  const world = mkdtempSync(join(tmpdir(), 'pictures-'))
  const project = join(world, 'my-lab')
  const env = worldOf(world)
  const here = { cwd: project, env, encoding: /** @type {const} */ ('utf8') }
  execFileSync(process.execPath, [PROGRAM, 'my-lab', '--template', tier, '--yes'], { ...here, cwd: world })
  if (environment.nixpkgs) {
    const lock = ['flake', 'lock', '--override-input', 'nixpkgs', `path:${environment.nixpkgs}`]
    execFileSync('nix', [...FLAKES, ...lock], { ...here, stdio: 'ignore' })
  }
  const browser = await chromium.launch({
    executablePath: environment.chromium,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  try {
    const said = execFileSync(join(project, 'start'), ['--no-open'], { ...here, stdio: ['ignore', 'pipe', 'inherit'] })
    const [lab, server] = ['jupyter', 'server'].map((name) => addressOf(name, said))
    const page = await browser.newPage({ viewport: SIZE })
    await runNotebook(page, lab, join(project, 'notebooks/start.ipynb'))
    await showResult(page, SCENES[tier]?.result ?? '.jp-OutputArea-output')
    await SCENES[tier]?.play?.(page)
    await save(page, `${tier}-notebook.png`)

    const visitor = await browser.newPage({ viewport: SIZE })
    await visitor.goto(server)
    await visitor.waitForURL((url) => !url.searchParams.has('key'))
    await SCENES[tier]?.visit?.(visitor)
    await save(visitor, `${tier}-app.png`)
  } finally {
    await browser.close()
    spawnSync(join(project, 'stop'), here)
    rmSync(world, { recursive: true, force: true })
  }
}

/**
 * A home, a state directory and a git identity that are nobody's.
 * @param {string} world
 */
function worldOf(world) {
  const home = join(world, 'home')
  mkdirSync(home)
  const given = /^(PIP_|UV_|SSL_CERT_|NIX_SSL_|REQUESTS_CA_|https?_proxy$|no_proxy$)/i
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => given.test(name))),
    ...(environment.nixConf && { NIX_CONF_DIR: environment.nixConf }),
    PATH: `${environment.nix.at(-1).bin}:${process.env.PATH}`,
    HOME: home,
    LANG: 'C.UTF-8',
    XDG_STATE_HOME: join(world, 'state'),
    GIT_AUTHOR_NAME: 'Painter',
    GIT_AUTHOR_EMAIL: 'painter@example.org',
    GIT_COMMITTER_NAME: 'Painter',
    GIT_COMMITTER_EMAIL: 'painter@example.org',
  }
}

/** @param {string} name @param {string} said what ./start printed */
function addressOf(name, said) {
  const address = new RegExp(`^ *${name} +(http\\S+)`, 'm').exec(said)?.[1]
  if (!address) throw new Error(`./start names no address of ${name}: ${said}`)
  return address
}

/**
 * Open the notebook, run all of it, and wait until the saved file says that it has run.
 * @param {Page} page @param {string} address @param {string} file
 */
async function runNotebook(page, address, file) {
  const connected = page.waitForEvent('websocket', { predicate: (socket) => socket.url().includes('/channels') })
  await page.goto(address)
  await connected
  await page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor({ timeout: 60_000 })
  await page.getByRole('menuitem', { name: 'Run', exact: true }).click()
  await page.locator('[data-command="runmenu:run-all"]').click()
  const hasRun = () =>
    JSON.parse(readFileSync(file, 'utf8')).cells.every(
      (/** @type {{ cell_type: string, execution_count: number | null }} */ cell) =>
        cell.cell_type !== 'code' || cell.execution_count !== null,
    )
  const end = Date.now() + 120_000
  while (!hasRun()) {
    if (Date.now() > end) throw new Error(`${file} has not run within two minutes`)
    await page.keyboard.press('Control+s')
    await pause(500)
  }
}

/**
 * Make room, and scroll to the result: of a long notebook only the part in view is in the page.
 * @param {Page} page @param {string} selector
 */
async function showResult(page, selector) {
  await page.keyboard.press('Control+b')
  const result = page.locator(`.jp-Notebook ${selector}`).first()
  await page.mouse.move(SIZE.width / 2, SIZE.height / 2)
  await page.mouse.wheel(0, -20_000)
  for (let step = 0; step < 80; step += 1) {
    const box = await result.boundingBox({ timeout: 100 }).catch(() => null)
    // All of it, with what is above it; of a tall one at least the top.
    const away = box ? Math.round(box.y - Math.max(110, SIZE.height - 60 - box.height)) : 150
    if (away === 0) break
    await page.mouse.wheel(0, Math.max(-150, Math.min(150, away)))
    await pause(250)
  }
  await result.waitFor()
}

/**
 * @param {Page} page @param {string} name
 */
async function save(page, name) {
  const file = join(PICTURES, name)
  await page.mouse.move(SIZE.width - 5, SIZE.height - 5)
  const png = await page.screenshot()
  execFileSync('pngquant', ['--force', '--strip', '--quality', '40-90', '--output', file, '-'], { input: png })
  const { size } = statSync(file)
  if (size > LIMIT) throw new Error(`docs/pictures/${name} has ${size} bytes, which is too much`)
  console.log(`docs/pictures/${name}  ${Math.ceil(size / 1000)} kB`)
}

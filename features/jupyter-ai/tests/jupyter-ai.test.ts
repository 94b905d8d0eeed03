import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { noCutOff, notRun } from '../../../tests/support/abilities.ts'
import { newestNix, readEnvironment } from '../../../tests/support/environment.ts'
import { addressIn, foreignTo, openBrowser, openPage, pictureOf } from '../../../tests/support/lab-page.ts'
import { Project } from '../../../tests/support/project.ts'
import { must, run } from '../../../tests/support/run.ts'

// The real assistant, from PyPI. No model can be had for a test, so Ollama is a server that speaks its API.

let project: Project
let browser: Browser
let page: Page
let foreign: string[]

beforeAll(async () => {
  expect(await isOpen(11434), 'something is on port 11434 already').toBe(false)
  const nix = newestNix(readEnvironment())
  project = await Project.create({ template: 'uv', flags: ['--with', 'ollama,jupyter-ai'], nix })
  const flake = join(project.directory, 'flake.nix')
  writeFileSync(flake, readFileSync(flake, 'utf8').replace(/^ *pkgs\.ollama\n/m, ''))
  project.env.PATH = `${import.meta.dirname}:${project.env.PATH}`
  // Machines that build take no lock but one that fits; this is somebody's own computer.
  delete project.env.CI
  // Keys of the user's are no reason to talk to others.
  project.env.OPENAI_API_KEY = 'not-for-the-assistant'
  const started = await project.start()
  expect(started.code, started.stderr).toBe(0)
  browser = await openBrowser()
  page = await openPage(browser)
  foreign = foreignTo(page)
  // Without the notebook, which would come to the front while the chat is used.
  await page.goto(addressIn(started.stdout).replace(/\/lab[^?]*/, '/lab'))
})
afterAll(async () => {
  await browser?.close()
  await project?.remove()
})

test('a chat in the browser is answered by the model on this computer', async () => {
  await page
    .locator('.jp-LauncherCard')
    .filter({ hasText: /^Chat$/ })
    .first()
    .click()
  const input = page.locator('.jp-chat-input-container textarea:visible').first()
  // Before the assistant has come, nobody would read what is said.
  const asked = page.locator('.jp-chat-input-container').filter({ visible: true })
  await asked.getByText('Jupyternaut').first().waitFor()
  await input.fill('What is a notebook?')
  await input.press('Enter')
  await page.getByText('You said: What is a notebook?').filter({ visible: true }).first().waitFor()
  await page.screenshot({ path: pictureOf('jupyter-ai') })
  expect(foreign).toEqual([])
})

test('nothing listens beside the services of the project, and nobody else is answered', async () => {
  const { services } = await project.status()
  const audit = JSON.parse((await project.lab('audit', '--json')).stdout)
  const known = [...services.map(({ port }) => port), 11434]
  const others = (audit.ports as { port: number; detail: string }[]).filter(({ port }) => !known.includes(port))
  // The one port that each kernel has, which says nothing and takes nothing.
  expect(others.filter(({ detail }) => detail !== 'NULL PULL')).toEqual([])
  // The port of jupyter-server-mcp, which obeys whoever asks.
  expect(await isOpen(3001)).toBe(false)
  expect((await project.lab('audit')).stdout).toContain('No other user of this computer gets an answer.')
})

test('no key is asked for or kept, and only the chat is new in the project', async () => {
  expect(existsSync(join(project.directory, '.env'))).toBe(false)
  const seen = await must('git', ['status', '--porcelain', '--untracked-files=all'], project.here())
  expect(seen.replace(/^.* (flake\.nix|uv\.lock|\S*\.chat)\n/gm, '')).toBe('')
  expect(readFileSync(join(project.directory, 'flake.nix'), 'utf8')).not.toContain('not-for-the-assistant')
  expect((await project.lab('doctor')).stdout).toContain('ok       JupyterLab has the assistant.')
})

test.skipIf(noCutOff)(`it starts without a network, and does not try to reach one${notRun(noCutOff)}`, async () => {
  await project.stop()
  // Its kernel counts whatever looks for a way out of this network.
  const script = `ip link set lo up && ${join(project.directory, 'start')} --no-open && cat /proc/net/snmp; code=$?
    ${join(project.directory, 'stop')}
    exit $code`
  const ran = await run('unshare', ['--net', 'sh', '-c', script], project.here())
  expect(ran.code, ran.stderr).toBe(0)
  const [names, counts] = [...ran.stdout.matchAll(/^Ip: (.*)$/gm)].map(([, words]) => words?.split(' ') ?? [])
  expect(counts?.[names?.indexOf('OutNoRoutes') ?? -1]).toBe('0')
})

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('close', () => socket.destroy())
  })
}

import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createConnection } from 'node:net'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { noCutOff, notRun } from '../../../tests/support/abilities.ts'
import { newestNix, readEnvironment } from '../../../tests/support/environment.ts'
import { addressIn, foreignTo, openBrowser, openPage, pictureOf } from '../../../tests/support/lab-page.ts'
import { Project } from '../../../tests/support/project.ts'
import { must, run, until } from '../../../tests/support/run.ts'

// The real assistant, from PyPI. No model can be had for a test, so Ollama is a server that speaks its API.

let project: Project
let browser: Browser
let page: Page
let foreign: string[]

/** What a company would read; and what a proxy would. */
const read: Record<'company' | 'proxy', string[]> = { company: [], proxy: [] }
const servers: Server[] = []

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
  project.env.OPENAI_API_BASE = await listen(read.company)
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
  for (const server of servers) server.close()
})

test('a chat in the browser is answered by the model on this computer', async () => {
  await openChat()
  await say('What is a notebook?')
  await page.getByText('You said: What is a notebook?').filter({ visible: true }).first().waitFor()
  await page.screenshot({ path: pictureOf('jupyter-ai') })
  expect(foreign).toEqual([])
})

test('the list below the chat has the models on this computer, and no others', async () => {
  expect(await listed()).toEqual(['Default', 'ollama_chat/llama3.2'])
  const settings = await page.evaluate(() =>
    fetch('/api/jupyternaut/litellm-models').then((answer) => answer.json() as Promise<unknown>),
  )
  expect(settings).toEqual({ models: ['ollama_chat/llama3.2'] })
})

test("a company's model is sent nothing, whoever has asked for it and whatever key there is", async () => {
  await addModel('Elsewhere', 'openai/gpt-4o')
  await choose('Elsewhere')
  await say('This is a secret.')
  await page.getByText('openai/gpt-4o is not a model on this computer').filter({ visible: true }).first().waitFor()
  expect(read.company).toEqual([])
})

test('a model that Ollama does not have is named, with the command that gets it', async () => {
  await addModel('Later', 'ollama_chat/qwen3')
  await choose('Later')
  await say('Are you there?')
  await page.getByText('ollama pull qwen3').filter({ visible: true }).first().waitFor()
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

test('one line lets the assistant talk to a company; a proxy reads nothing of what is said to Ollama', async () => {
  const settings = join(project.directory, 'jupyter/jupyter_server_config.py')
  const before = readFileSync(settings, 'utf8')
  writeFileSync(settings, before.replace(/^PROVIDERS = .*$/m, 'PROVIDERS = ["ollama", "ollama_chat", "openai"]'))
  project.env.http_proxy = await listen(read.proxy)
  const started = await project.start('--again')
  expect(started.code, started.stderr).toBe(0)
  await page.goto(`${addressIn(started.stdout).replace(/\/lab[^?]*/, '/lab')}&reset`)
  await openChat()
  await say('Where are you?')
  await page.getByText('You said: Where are you?').filter({ visible: true }).first().waitFor()
  expect(read).toEqual({ company: [], proxy: [] })
  const names = await listed()
  expect(names.slice(0, 4)).toEqual(['Default', 'Elsewhere', 'Later', 'ollama_chat/llama3.2'])
  expect(names.slice(4).filter((name) => !name.startsWith('openai/'))).toEqual([])
  await choose('openai/gpt-4o')
  await say('Not a secret.')
  await until('the company reads it', async () => read.company.find((text) => text.includes('Not a secret.')))
  delete project.env.http_proxy
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

/** A new chat, in which the assistant is there: before, nobody would read what is said. */
async function openChat(): Promise<void> {
  const card = page.locator('.jp-LauncherCard').filter({ hasText: /^Chat$/ })
  await card.first().click()
  await box().getByText('Jupyternaut').first().waitFor()
}

function box(): Locator {
  return page.locator('.jp-chat-input-container').filter({ visible: true })
}

async function say(text: string): Promise<void> {
  const input = box().locator('textarea:visible').first()
  await input.fill(text)
  await input.press('Enter')
}

async function openList(): Promise<void> {
  // One of the two is there to be measured only.
  await box().getByTitle('Model', { exact: true }).last().click()
  await page.getByRole('menuitem').first().waitFor()
}

async function listed(): Promise<string[]> {
  await openList()
  const names = await page.getByRole('menuitem').allInnerTexts()
  await page.keyboard.press('Escape')
  return names
}

async function choose(model: string): Promise<void> {
  await openList()
  await page.getByRole('menuitem', { name: model, exact: true }).click()
}

/** As one does it in the settings; then back to the chat. */
async function addModel(name: string, id: string): Promise<void> {
  await box().getByTitle('Open Jupyternaut settings').click()
  await page.getByRole('button', { name: 'Add a custom model' }).click()
  await page.getByLabel('Model name').last().fill(name)
  await page.getByLabel('Model ID').last().fill(id)
  // Puts away what JupyterLab would complete it to.
  await page.getByLabel('Model ID').last().press('Tab')
  await page.getByRole('button', { name: 'Save custom models' }).click()
  await page.getByText('untitled.chat').last().click()
}

/** The address of a server that keeps what it reads, and answers nobody's question. */
async function listen(texts: string[]): Promise<string> {
  const server = createServer(async (request, response) => {
    let text = `${request.url} `
    for await (const part of request) text += part
    texts.push(text)
    response.writeHead(401).end()
  })
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('close', () => socket.destroy())
  })
}

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { noCutOff, noProc, notRun } from '../../../tests/support/abilities.ts'
import { newestNix, readEnvironment } from '../../../tests/support/environment.ts'
import {
  addressIn,
  foreignTo,
  openBrowser,
  openNotebook,
  openPage,
  pictureOf,
} from '../../../tests/support/lab-page.ts'
import { listenersOf, processesOf } from '../../../tests/support/processes.ts'
import { Project } from '../../../tests/support/project.ts'
import { randomNumbers, SEED } from '../../../tests/support/random.ts'
import { must, run, until } from '../../../tests/support/run.ts'
import { Agent } from './agent.mjs'
import { insertBelow, sourcesInTab, sourcesOnDisk, typeInto, writeNotebook } from './notebook.ts'

// The real server and the official client, beside a real browser.

const EDITS = 200
const NAME = 'shared'
/** What is waited for comes at once; this is for what hangs. */
const HANGS = { timeout: 180_000, interval: 200 }

let project: Project
let browser: Browser
let page: Page
let foreign: string[]
let agent: Agent
let file: string

beforeAll(async () => {
  project = await Project.create({ template: 'uv', flags: ['--with', 'mcp'], nix: newestNix(readEnvironment()) })
  // Machines that build take no lock but one that fits; this is somebody's own computer.
  delete project.env.CI
  // The user's options for other programs lead the server nowhere.
  Object.assign(project.env, {
    PROVIDER: 'elsewhere',
    TRANSPORT: 'elsewhere',
    DOCUMENT_URL: 'http://elsewhere.invalid',
  })
  file = join(project.directory, `notebooks/${NAME}.ipynb`)
  writeNotebook(file, join(project.directory, 'notebooks/start.ipynb'), ['answer = 42', '# two', '# three', '# four'])
  const started = await project.start()
  expect(started.code, started.stderr).toBe(0)
  browser = await openBrowser()
  // So high that JupyterLab keeps all cells on the page.
  page = await openPage(browser, { viewport: { width: 1280, height: 6000 } })
  foreign = foreignTo(page)
  await openNotebook(page, addressIn(started.stdout).replace('start.ipynb', `${NAME}.ipynb`))
  const settings = JSON.parse(readFileSync(join(project.directory, '.mcp.json'), 'utf8'))
  agent = await Agent.connect(settings.mcpServers.jupyter, project.directory, project.env)
  await agent.call('use_notebook', { notebook_name: NAME, notebook_path: `notebooks/${NAME}.ipynb` })
})
afterAll(async () => {
  await agent?.close()
  await browser?.close()
  await project?.remove()
})

test('an agent lists, reads, inserts, edits and runs what is open in a tab, in its kernel', async () => {
  expect(await agent.call('list_files', { path: 'notebooks' })).toContain(`notebooks/${NAME}.ipynb`)
  expect(await read()).toContain('answer = 42')
  await page.getByText('answer = 42').click()
  await page.keyboard.press('Shift+Enter')
  await page.locator('.jp-InputPrompt').getByText('[1]:').waitFor()
  await agent.call('insert_cell', { cell_index: 4, cell_type: 'code', cell_source: 'print(answer)' })
  await agent.call('edit_cell_source', { cell_index: 4, old_string: 'answer', new_string: 'answer + 1' })
  expect(await agent.call('execute_cell', { cell_index: 4 })).toContain('43')
  await page.locator('.jp-OutputArea-output').getByText('43').waitFor()
  await page.screenshot({ path: pictureOf('mcp'), clip: { x: 0, y: 0, width: 1280, height: 900 } })
  await agent.call('overwrite_cell_source', { cell_index: 4, cell_source: '# five' })
  await page.locator('.cm-content').getByText('# five').waitFor()
})

test(`of ${EDITS} edits by an agent and a tab in turn, none is lost (SEED=${SEED})`, async () => {
  const random = randomNumbers(SEED)
  let known = 5 // cells that are there, as far as the agent is sure
  const marks = Array.from({ length: EDITS }, (_, at) => `# ${at % 2 ? 'tab' : 'agent'} ${at};`)
  for (const [at, mark] of marks.entries()) {
    const isNew = random(8) === 0
    if (at % 2) {
      const cell = random(await page.locator('.jp-Notebook .jp-CodeCell').count())
      await (isNew ? insertBelow : typeInto)(page, cell, mark)
    } else if (isNew) {
      await agent.call('insert_cell', { cell_index: random(known + 1), cell_type: 'code', cell_source: mark })
      known += 1
    } else await addLine(random(known), mark)
  }
  const lost = (text: string) => marks.filter((mark) => !text.includes(mark))
  await expect.poll(async () => lost((await sourcesInTab(page)).join('\n')), HANGS).toEqual([])
  await expect.poll(() => lost(sourcesOnDisk(file).join('\n')), HANGS).toEqual([])
  const inTab = await sourcesInTab(page)
  expect(sourcesOnDisk(file)).toEqual(inTab)
  const said = (await read()).split(/^=====Cell \d+ \| .*=====$/m).slice(1)
  expect(said.map((source) => source.trim())).toEqual(inTab.map((source) => source.trim()))
})

/** As agents do: read a cell, learn its id, and edit that one. A cell of the tab is there a moment before its text. */
async function addLine(at: number, line: string): Promise<void> {
  const [first, id] = await until(`cell ${at} has text`, async () => {
    const said = await agent.call('read_cell', { cell_index: at, include_outputs: false })
    const [, first, id] = /=====\n(.+)(?:\n[\s\S]*)?\ncell_id: (\S+)$/.exec(said) ?? []
    return first && id ? [first, id] : undefined
  })
  await agent.call('edit_cell_source', { cell_id: id, old_string: first, new_string: `${first}\n${line}` })
}

function read(): Promise<string> {
  return agent.call('read_notebook', { notebook_name: NAME, response_format: 'detailed', limit: 0 })
}

test(`nobody else learns the token${notRun(noProc)}`, async () => {
  const { state } = await project.status()
  const token = readFileSync(join(state, 'token'), 'utf8')
  const [server] = processesOf(project.state).filter(({ command }) => command.includes('features/mcp/server'))
  expect(server).toBeDefined()
  if (!noProc) {
    const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    expect(all.filter((pid) => textOf(`/proc/${pid}/cmdline`).includes(token))).toEqual([])
    expect(textOf(`/proc/${server?.pid}/environ`)).not.toContain(token)
  }
  expect(agent.stderr).not.toContain(token)
  expect(agent.stderr).not.toContain('not of the protocol')
  expect((await run('grep', ['-rl', token, project.directory, join(state, 'log')])).stdout).toBe('')
  expect(await agent.tools()).not.toContain('connect_to_jupyter')
})

test('nothing listens beside the services of the project, and its directory has only what was asked for', async () => {
  expect(listenersOf(processesOf(project.state).filter(({ command }) => command.includes('features/mcp')))).toEqual([])
  const { services } = await project.status()
  const { ports } = JSON.parse((await project.lab('audit', '--json')).stdout) as { ports: Port[] }
  const known = services.map(({ port }) => port)
  // Each kernel has one port, which says nothing and takes nothing.
  expect(ports.filter(({ port, detail }) => !known.includes(port) && detail !== 'NULL PULL')).toEqual([])
  const seen = await must('git', ['status', '--porcelain', '--ignored', '--untracked-files=all'], project.here())
  const usual = /^.. (\.venv\/|\.nix-jupyter\/|uv\.lock|notebooks\/(\.ipynb_checkpoints\/)?shared|.*__pycache__).*\n/gm
  expect(seen.replace(usual, '')).toBe('')
  expect(foreign).toEqual([])
})

type Port = { port: number; detail: string }

test('standard output is for the protocol alone, and a word too many is refused', async () => {
  const lab = join(project.directory, 'lab')
  const empty = await run(lab, ['mcp'], project.here({ input: '' }))
  expect({ code: empty.code, stdout: empty.stdout }).toEqual({ code: 0, stdout: '' })
  const refused = await run(lab, ['mcp', 'now'], project.here())
  expect(refused).toMatchObject({ code: 2, stdout: '' })
  expect(refused.stderr).toContain('lab mcp takes no arguments.')
  expect((await project.lab('--help')).stdout).toContain('lab mcp')
  expect((await project.lab('doctor')).stdout).toContain('ok       lab mcp can serve coding agents.')
})

test('while JupyterLab does not run, the agent is told what starts it, and then goes on', async () => {
  await project.stop()
  const next = `JupyterLab of this project is not running. Next: ${join(project.directory, 'start')} --no-open`
  await expect(agent.call('list_files')).rejects.toThrow(next)
  await must(join(project.directory, 'start'), ['--no-open'], project.here())
  expect(await agent.call('list_files', { path: 'notebooks' })).toContain(NAME)
})

test('it ends with who has begun it, also when it has run code in a kernel', async () => {
  const { jupyter } = JSON.parse(readFileSync(join(project.directory, '.mcp.json'), 'utf8')).mcpServers
  const told = ['-c', '"$@"; echo "ended with $?" >&2', 'sh', jupyter.command, ...jupyter.args]
  const another = await Agent.connect({ command: 'sh', args: told }, project.directory, project.env)
  await another.call('use_notebook', { notebook_name: NAME, notebook_path: `notebooks/${NAME}.ipynb` })
  const run = { cell_index: -1, cell_source: 'print(6 * 7)' }
  expect(await another.call('insert_execute_code_cell', run)).toContain('42')
  await another.close()
  expect(another.stderr).toContain('ended with 0')
})

test.skipIf(noCutOff)(`it works without a network, and does not try to reach one${notRun(noCutOff)}`, async () => {
  await project.stop()
  // Its kernel counts whatever looks for a way out of this network.
  const script = `ip link set lo up && ./start --no-open && ${process.execPath} ${join(import.meta.dirname, 'session.mjs')} &&
    cat /proc/net/snmp; code=$?; ./stop; exit $code`
  const ran = await run('unshare', ['--net', 'sh', '-c', script], project.here())
  expect(ran.code, ran.stderr).toBe(0)
  expect(ran.stdout).toMatch(/^42$/m)
  const [names, counts] = [...ran.stdout.matchAll(/^Ip: (.*)$/gm)].map(([, words]) => words?.split(' ') ?? [])
  expect(counts?.[names?.indexOf('OutNoRoutes') ?? -1]).toBe('0')
})

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // the process has ended
  }
}

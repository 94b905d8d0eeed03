import { mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { until } from '../../tests/support/run.ts'
import type { Project, Shell } from './project.ts'
import { start } from './run.ts'

/** A JupyterLab that answers, and how to speak to it. */
export class Server {
  readonly port: number
  readonly token: string
  readonly runtime: string

  /** @param runtime the directory of its connection files */
  constructor(port: number, token: string, runtime: string) {
    this.port = port
    this.token = token
    this.runtime = runtime
  }

  ask(path: string, method: string = 'GET') {
    const headers = { authorization: `token ${this.token}` }
    return fetch(`http://127.0.0.1:${this.port}${path}`, { method, headers })
  }

  async answers() {
    return (await this.ask('/api/status')).status === 200
  }

  /** Start a kernel, and have it answer once: then it is idle. */
  async openKernel(shell: Shell) {
    const { id } = (await (await this.ask('/api/kernels', 'POST')).json()) as { id: string }
    await shell.must('python3', '-c', TALK, join(this.runtime, `kernel-${id}.json`))
  }
}

const TALK = `
import sys
from jupyter_client import BlockingKernelClient
client = BlockingKernelClient(connection_file=sys.argv[1])
client.load_connection_file()
# Without the heartbeat: it takes a kernel for dead that is slow to begin.
client.start_channels(hb=False)
client.execute("1", reply=True, timeout=60)
`

/** The server that `lab start` has announced. */
export function announced(printed: string, shell: Shell) {
  const match = /http:\/\/[a-z0-9-]+\.localhost:(\d+)\/lab\S*\?token=(\S+)/.exec(printed)
  if (!match?.[1] || !match[2]) throw new Error(`no address of JupyterLab in: ${printed}`)
  return new Server(
    Number(match[1]),
    match[2],
    readFileSync(join(shell.variable('NIX_JUPYTER_STATE'), 'sockets'), 'utf8'),
  )
}

/** `jupyter lab` of the same environment, as somebody types it who has no `lab`. */
export async function startBare(
  project: Project,
  shell: Shell,
): Promise<{ server: Server; milliseconds: number; stop: () => Promise<number> }> {
  const home = join(project.world.directory, `${project.name}-bare-jupyter`)
  mkdirSync(home, { recursive: true })
  const port = await freePort()
  const server = new Server(port, 'only-for-this-measurement', join(home, 'runtime'))
  const env = {
    ...project.env,
    PATH: shell.variable('PATH'),
    JUPYTER_CONFIG_DIR: join(home, 'config'),
    JUPYTER_DATA_DIR: join(home, 'data'),
    JUPYTER_RUNTIME_DIR: server.runtime,
    JUPYTER_TOKEN: server.token,
  }
  const args = ['lab', '--no-browser', '--ServerApp.ip=127.0.0.1', `--ServerApp.port=${port}`]
  if (process.getuid?.() === 0) args.push('--allow-root')

  const started = performance.now()
  const { child, ended } = start('jupyter', args, { cwd: project.directory, env })
  const answers = until('a bare jupyter lab answers', async () => (await server.answers()) || undefined, 120, 10)
  if ((await Promise.race([answers, ended])) !== true)
    throw new Error('a bare jupyter lab has ended before it answered')
  const milliseconds = performance.now() - started

  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('a bare jupyter lab has ended by itself')
    const asked = performance.now()
    child.kill('SIGTERM')
    await ended
    return performance.now() - asked
  }
  return { server, milliseconds, stop }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** Run a notebook of one cell, as tests do it. */
export async function runOneCell(project: Project) {
  return (await project.develop('python3', '-c', ONE_CELL)).milliseconds
}

const ONE_CELL = `
import nbformat
from nbclient import NotebookClient
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("6 * 7")])
NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
assert notebook.cells[0].outputs[0].data["text/plain"] == "42"
`

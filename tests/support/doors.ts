import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Container, containerWords, type Image } from './container.ts'
import { Network } from './network.ts'
import { begin, run } from './run.ts'

// The doors that are on other computers: a server that JupyterHub starts, and a Dask worker, each out of a project's image. The
// server's notebook is the client of the worker.

const CELL = `
import json, os, sys
sys.path.insert(0, "notebooks")
from cluster import client
def who():
    return sys.prefix, os.environ["NIX_JUPYTER_HASH"], os.getuid(), os.environ.get("DASK_WORKER_NAME")
client.wait_for_workers(1, timeout=180)
print(json.dumps({"server": who(), "worker": client.submit(who).result()}))
`
const WORKER = 'my-lab-default-worker-1'
const TOKEN = 'the-token-of-a-program-that-starts-servers'

/** What is said there: where Python is, the hash, the user's number, and the name as a worker. */
export type Doors = Record<'server' | 'worker', [prefix: string, hash: string, user: number, name: string | null]>

/** The commands that the operator for Kubernetes gives to a project's image. */
function commandsOf(project: string): Record<'scheduler' | 'worker', string[]> {
  const manifest = readFileSync(join(project, 'dask/cluster.yaml'), 'utf8')
  const all = [...manifest.matchAll(/^ *args: \[(.*)\]$/gm)].map(([, words]) => String(words).split(', '))
  const find = (word: string) => all.find((words) => words.includes(word)) ?? []
  return {
    scheduler: find('scheduler'),
    worker: find('worker').map((each) => (each === '$(DASK_WORKER_NAME)' ? WORKER : each)),
  }
}

/**
 * Start a hub, a scheduler and a worker, and a server with a notebook on the hub; all of them end again.
 * @param image with the features hub and dask; `prefix` where its Python is, on this machine too, which runs the hub
 * @param project the directory of the project; `directory` one for what the hub writes
 */
export async function openDoors(image: Image, prefix: string, project: string, directory: string): Promise<Doors> {
  const network = await Network.create('doors', 4)
  const commands = commandsOf(project)
  const DASK_SCHEDULER_ADDRESS = `tcp://${network.address(2)}:8786`
  const place = join(directory, 'hub')
  mkdirSync(place)
  writeFileSync(join(place, 'cell.py'), CELL)
  const server = containerWords(image, { network: network.name(1), variables: { DASK_SCHEDULER_ADDRESS } })
  const ada = { ...server, address: network.address(1) }
  const given = { token: TOKEN, address: network.address(0), containers: { ada } }
  const at = (...words: string[]): [string, string[]] => {
    const [command = '', ...before] = network.at(0)
    return [command, [...before, join(prefix, 'bin/python3'), ...words]]
  }
  const env = { PATH: process.env.PATH, HOME: place, TEST_HUB: JSON.stringify(given) }
  const settings = join(import.meta.dirname, 'small_hub.py')
  const hub = begin(...at('-m', 'jupyterhub', '--config', settings), { cwd: place, env })
  const running = [
    new Container(image, { network: network.name(2), command: commands.scheduler }),
    new Container(image, {
      network: network.name(3),
      command: commands.worker,
      variables: { DASK_SCHEDULER_ADDRESS, DASK_WORKER_NAME: WORKER },
    }),
  ]
  try {
    const words = [join(import.meta.dirname, 'ask-hub.py'), TOKEN, ada.address, join(place, 'cell.py')]
    const asked = run(...at(...words), { cwd: place, env })
    const first = await Promise.race([asked, hub.ended])
    if (first.code === 0) return JSON.parse(first.stdout) as Doors
    hub.child.kill('SIGTERM')
    const told = [first.stderr, (await hub.ended).stderr, ...running.map(({ output }) => output)]
    throw new Error(told.join('\n'))
  } finally {
    hub.child.kill('SIGTERM')
    await Promise.all([hub.ended, ...running.map((each) => each.stop())])
    await network.remove()
  }
}

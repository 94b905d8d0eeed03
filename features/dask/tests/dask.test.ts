import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { noCutOff, noLayer, notRun } from '../../../tests/support/abilities.ts'
import { Container, unpack } from '../../../tests/support/container.ts'
import { newestNix, readEnvironment } from '../../../tests/support/environment.ts'
import { Network, noNetwork } from '../../../tests/support/network.ts'
import { Project } from '../../../tests/support/project.ts'

// With the template minimal, whose image is the smallest. Pods are containers here, with the commands of dask/cluster.yaml.

const noCluster = noLayer || noCutOff || noNetwork

const MANIFEST = `
import json, sys, yaml
spec = yaml.safe_load(open("dask/cluster.yaml"))["spec"]
args = {name: spec[name]["spec"]["containers"][0]["args"] for name in ("scheduler", "worker")}
print(json.dumps({"prefix": sys.prefix, **args}))
`
const CLIENT = `
import json, os, socket, sys, time
sys.path.insert(0, "notebooks")
deadline = time.monotonic() + 180
while True:
    try:
        socket.create_connection((os.environ["SCHEDULER"], 8786), 5).close()
        break
    except OSError:
        if time.monotonic() > deadline:
            raise
        time.sleep(0.25)
from cluster import check, client
client.wait_for_workers(1, timeout=180)
check(client)
def who():
    return sys.prefix, os.environ["NIX_JUPYTER_HASH"], os.getuid(), os.environ["DASK_WORKER_NAME"]
print(json.dumps(client.submit(who).result()))
`

test.skipIf(noCluster)(`the image is scheduler, worker and client of a cluster${notRun(noCluster)}`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dask-'))
  const project = await Project.create({
    template: 'minimal',
    flags: ['--with', 'dask'],
    nix: newestNix(readEnvironment()),
  })
  const network = await Network.create('dask', 3)
  const running: Container[] = []
  try {
    const built = await project.nixCommand(['build', '--no-link', '--print-out-paths', '.#image'])
    expect(built.code, built.stderr).toBe(0)
    const image = await unpack(built.stdout.trim(), folder)
    const shell = await project.develop(['sh', '-c', 'python -c "$0"; lab status --json', MANIFEST])
    const [first = '', ...rest] = shell.stdout.split('\n')
    const { prefix, scheduler, worker } = JSON.parse(first) as Record<'scheduler' | 'worker', string[]> & {
      prefix: string
    }
    const { hash } = JSON.parse(rest.join('\n')) as { hash: string }
    // What the operator gives to pods.
    const name = 'dask-default-worker-1'
    const variables = { DASK_SCHEDULER_ADDRESS: `tcp://${network.address(0)}:8786`, DASK_WORKER_NAME: name }
    const named = worker.map((word) => word.replace('$(DASK_WORKER_NAME)', name))
    running.push(new Container(image, { network: network.name(0), command: scheduler }))
    running.push(new Container(image, { network: network.name(1), command: named, variables }))
    const client = new Container(image, {
      network: network.name(2),
      command: ['python', '-c', CLIENT],
      variables: { ...variables, SCHEDULER: network.address(0), DASK_WORKER_NAME: '' },
    })
    const ended = await client.end()
    expect(ended.code, [ended.stderr, ...running.map(({ output }) => output)].join('\n')).toBe(0)
    expect(JSON.parse(ended.stdout)).toEqual([prefix, hash, 1000, name])
    for (const each of running.reverse()) expect((await each.stop()).code, each.output).toBe(0)
  } finally {
    await network.remove()
    await project.remove()
    rmSync(folder, { recursive: true, force: true })
  }
})

import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noCutOff, noLayer, notRun } from '../../../tests/support/abilities.ts'
import { containerWords, unpack } from '../../../tests/support/container.ts'
import { newestNix, readEnvironment } from '../../../tests/support/environment.ts'
import { Network, noNetwork } from '../../../tests/support/network.ts'
import { Project } from '../../../tests/support/project.ts'
import { begin, must, run } from '../../../tests/support/run.ts'

// Two users with the image of one project, in minimal, whose image is the smallest. The hub is that of the chart, and the chart's
// values say how it runs. That the server of each template has its environment, tests/integration/image.test.ts shows.

const HERE = import.meta.dirname
const require = createRequire(join(HERE, '../../../tests/package.json'))
const PROXY = [process.execPath, require.resolve('configurable-http-proxy/bin/configurable-http-proxy')]
const noHub = noLayer || noCutOff || noNetwork
const directory = mkdtempSync(join(tmpdir(), 'hub-'))
const secret = join(directory, 'secret.yaml')
const filled = join(directory, 'values.yaml')

type Values = {
  hub: { config: { JupyterHub: object; GitHubOAuthenticator: { client_id: string; client_secret: string } } }
  singleuser: { uid: number; fsGid: number; networkPolicy: object; storage: { homeMountPath: string } }
}

type Row = { when?: string[]; test: string[] }
type Checked = { errors: string[]; values: Values }

/** In the project's shell: the place of the environment, its hash, and what doctor says. */
let shell: string
let hash: string
let doctor: string
let project: Project
let environment: string
/** What the chart makes of values, and what its schema says against them: as they are, filled in as README.md says, and wrong. */
let checked: { asTheyAre: Checked; filled: Checked; wrong: Checked }
let blocks: string[]

/** The block of README.md that holds a word, without what it is indented by. */
function block(word: string): string {
  const found = blocks.find((each) => each.includes(word))
  if (!found) throw new Error(`README.md has no block with ${word}`)
  return found.replaceAll(new RegExp(`^${found.match(/^ */)?.[0]}`, 'gm'), '')
}

beforeAll(async () => {
  project = await Project.create({ template: 'minimal', flags: ['--with', 'hub'], nix: newestNix(readEnvironment()) })
  const asked = 'python -c "import sys; print(sys.prefix)"; printenv NIX_JUPYTER_HASH; lab doctor'
  ;({ stdout: doctor } = await project.develop(['sh', '-c', asked], { env: { CI: '' } }))
  ;[shell = '', hash = ''] = doctor.split('\n')
  environment = (await must('python3', [join(HERE, 'environment.py')], { env: process.env })).trim()
  const readme = readFileSync(join(project.directory, 'README.md'), 'utf8')
  blocks = [...readme.matchAll(/^ *```\w+\n(.*?)^ *```$/gms)].map(([, text]) => String(text))
  writeFileSync(secret, block('client_secret:'))
  const asTheyAre = join(project.directory, 'hub/values.yaml')
  const values = readFileSync(asTheyAre, 'utf8')
  const [https, wrong] = [join(directory, 'https.yaml'), join(directory, 'wrong.yaml')]
  writeFileSync(filled, values.replace('allowed_users: []', 'allowed_users: [ada, bob]'))
  writeFileSync(https, block('letsencrypt:'))
  writeFileSync(wrong, values.replace('homeMountPath', 'homeMountpath'))
  const files = { asTheyAre: [asTheyAre], filled: [filled, secret, https], wrong: [wrong] }
  const words = [join(HERE, 'values.py'), JSON.stringify(files)]
  checked = JSON.parse(await must(join(environment, 'bin/python'), words))
})
afterAll(async () => {
  await project?.remove()
  rmSync(directory, { recursive: true, force: true })
})

describe('hub/values.yaml', () => {
  test('the schema of the chart takes it, with what README.md adds, and finds a word that is wrong', () => {
    expect(checked.asTheyAre.errors).toEqual([])
    expect(checked.filled.errors).toEqual([])
    expect(checked.wrong.errors).toEqual([expect.stringContaining('homeMountpath')])
  })

  test('as it is, nobody is let in, and nothing of the chart that keeps users apart is off', () => {
    expect(checked.asTheyAre.values).toMatchObject({
      hub: {
        config: {
          JupyterHub: { authenticator_class: 'github', admin_access: false },
          GitHubOAuthenticator: { allowed_users: [], admin_users: [] },
        },
        networkPolicy: { enabled: true },
      },
      proxy: { service: { type: 'ClusterIP' }, chp: { networkPolicy: { enabled: true } } },
      singleuser: {
        image: { name: 'registry.example.org/me/my-lab' },
        networkPolicy: { enabled: true, ingress: [], egressAllowRules: { privateIPs: false } },
        cloudMetadata: { blockWithIptables: true },
        allowPrivilegeEscalation: false,
      },
    })
  })

  test('git sees nothing of hub/secret.yaml', async () => {
    writeFileSync(join(project.directory, 'hub/secret.yaml'), '')
    expect(await project.gitStatus()).toBe('')
  })
})

test('doctor says whether the image fits the hub, and knows another version', async () => {
  expect(doctor).toContain('ok       The image has what JupyterHub starts.')
  expect(doctor).toContain('ok       It is version 5, as in the chart of README.md.')
  const newer = join(directory, 'jupyterhub-6.1.1.dist-info')
  mkdirSync(newer)
  writeFileSync(join(newer, 'METADATA'), 'Metadata-Version: 2.1\nName: jupyterhub\nVersion: 6.1.1\n')
  const rows = JSON.parse(readFileSync(join(project.directory, 'nix/features/hub/doctor.json'), 'utf8')) as Row[]
  const env = { PYTHONPATH: directory }
  const ran = await Promise.all(rows.map(({ test }) => run(join(shell, 'bin/python3'), test.slice(1), { env })))
  expect(ran.map(({ code }) => code)).toEqual([0, 1])
  // Where there is none at all, that is said once. `-I -S` finds no packages.
  const fails = async (words: string[]) =>
    (await run(join(shell, 'bin/python3'), ['-I', '-S', ...words.slice(1)])).code !== 0
  const told = await Promise.all(rows.map(async ({ when, test }) => !(when && (await fails(when))) && fails(test)))
  expect(told).toEqual([true, false])
})

describe(`the image in a JupyterHub${notRun(noHub)}`, () => {
  test.skipIf(noHub)('two users log in, run a cell and stop, and see nothing of each other', async () => {
    const built = await project.nixCommand(['build', '--no-link', '--print-out-paths', '.#image'])
    expect(built.code, built.stderr).toBe(0)
    const image = await unpack(built.stdout.trim(), join(directory, 'image'))
    const { hub, singleuser } = checked.filled.values
    const { uid, fsGid, storage } = singleuser
    const github = hub.config.GitHubOAuthenticator
    const network = await Network.create('hub', 3)
    const containers = Object.fromEntries(
      ['ada', 'bob'].map((name, index) => {
        // As a new disk in Kubernetes: it belongs to root, and the group may write.
        const home = join(directory, name)
        mkdirSync(home)
        chownSync(home, 0, fsGid)
        chmodSync(home, 0o2775)
        const volume: [string, string] = [home, storage.homeMountPath]
        const words = containerWords(image, { user: `${uid}:100`, volume, network: network.name(index + 1) })
        return [name, { ...words, address: network.address(index + 1) }]
      }),
    )
    for (const name of ['ada', 'bob']) writeFileSync(join(directory, `${name}.log`), '')
    const given = { values: [filled, secret], proxy: PROXY, address: network.address(0), containers }
    const env = {
      PATH: process.env.PATH,
      HOME: directory,
      TEST_HUB: JSON.stringify(given),
      GITHUB_URL: 'http://127.0.0.1:9000',
      CLIENT_ID: String(github.client_id),
      CLIENT_SECRET: String(github.client_secret),
    }
    const there = (...words: string[]) => {
      const [command = '', ...before] = network.at(0)
      return begin(command, [...before, ...words], { cwd: directory, env })
    }
    const python = join(environment, 'bin/python')
    const running = [
      there(python, join(HERE, 'github.py')),
      there(python, '-m', 'jupyterhub', '--config', join(HERE, 'jupyterhub_config.py')),
    ]
    const visit = there(join(shell, 'bin/python3'), join(HERE, 'two_users.py'), network.address(1))
    const logs = () => ['ada', 'bob'].map((name) => readFileSync(join(directory, `${name}.log`), 'utf8')).join('\n')
    try {
      const first = await Promise.race([...running, visit].map((each) => each.ended))
      expect(first.code, `${first.stderr}\n${logs()}`).toBe(0)
      const found = JSON.parse(first.stdout)
      expect(found.stranger).toBe(403)
      expect(found.pages).toEqual(['ada', 'bob'].map((name) => `http://localhost:8000/user/${name}/lab`))
      const home = storage.homeMountPath
      expect(found.ada.who).toEqual([shell, uid, 100, `${home}/my-lab`, home, hash])
      expect(found.bob.who).toEqual([shell, `${home}/my-lab`, hash])
      expect(found.ada.limits).toEqual([`${4 * 2 ** 30}`, '4.0'])
      // What bob sees of ada, from his own server and in his browser.
      expect(found.bob).toMatchObject({ files: [], processes: [], open: [8888], own: 200, proxy: false })
      const refused = Object.entries({ ...found.bob.refused, ...found.browser })
      expect(refused).toHaveLength(14)
      expect(refused.filter(([, status]) => status !== 403 && status !== 404)).toEqual([])
      // 202: on a busy computer JupyterHub answers before the server is gone, which was waited for.
      expect(found.stopped.filter((status: number) => ![202, 204].includes(status))).toEqual([])
      expect(statSync(join(directory, 'ada/my-lab/of-ada')).uid).toBe(uid)
    } finally {
      for (const { child } of [...running, visit]) child.kill('SIGTERM')
      await Promise.all([...running, visit].map((each) => each.ended))
      await network.remove()
    }
  })
})

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Deliver } from '../support/git-http.ts'
import { type Cell, cellOf, NONE } from './cell.ts'
import { answerWith } from './downloads.ts'
import { judge } from './judge.ts'
import type { Download, Program } from './program.ts'
import type { Reference } from './reference.ts'
import { Scene } from './scene.ts'
import { type Answer, certificate, leadTo, NOWHERE, openSites } from './sites.ts'
import type { Attempt, Situation, Theme } from './situation.ts'
import { filesOf, look } from './tree.ts'

type Run = (program: Program, download: Download) => Promise<Cell>

const row = (id: string, title: string, ours: string, run: Run): Situation => ({
  id,
  title,
  ours,
  needsRoot: true,
  atOnce: 4,
  run: async (program) => (program.download ? run(program, program.download) : NONE),
})

/** Half of it, and then the connection is gone. */
const cutOff: Deliver = (content, response) => {
  response.writeHead(200, { 'content-length': content.length })
  response.write(content.subarray(0, content.length / 2), () => response.destroy())
}

/** Half of it, as if it were all. */
const shortened: Deliver = (content, response) => void response.end(content.subarray(0, content.length / 2))

export const network: Theme = {
  id: 'network',
  title: 'The template comes from the network',
  intro: `create-nix-jupyter takes any repository (\`--template owner/repo\`), create-hono all of its templates from one repository,
create-next-app any repository (\`--example\`), sv a playground (\`--from-playground\`). GitHub and svelte.dev are played by a
server on this machine, over TLS; the templates are our own, and small. The others download an archive, create-nix-jupyter asks
git.`,
  situations: [
    row('reached', 'nothing is wrong', '0, whole', (program, download) =>
      fetching(program, download, { answer: answerWith(download) }),
    ),
    row('unreachable', 'the site cannot be reached', '4, nothing', (program, download) =>
      fetching(program, download, {}),
    ),
    row('not-found', 'the site answers 404 to everything', '4, nothing', (program, download) =>
      fetching(program, download, { answer: (_, response) => void response.writeHead(404).end() }),
    ),
    row('cut-off', 'the connection breaks in the middle', '4, nothing', (program, download) =>
      fetching(program, download, { answer: answerWith(download, cutOff) }),
    ),
    row('shortened', 'half of the download arrives, as if it were all', '4, nothing', (program, download) =>
      fetching(program, download, { answer: answerWith(download, shortened) }),
    ),
    row('missing-directory', 'the repository does not have the directory', '2, nothing', (program, download) =>
      fetching(program, download, { answer: answerWith(download), words: download.missing('app'), isThere: false }),
    ),
    row('interrupted', 'Ctrl-C in the middle', '130, nothing', (program, download) => interrupted(program, download)),
    row('offline', 'after that, the same from the cache', '4, nothing', async (program, download) =>
      download.offline ? interrupted(program, download, download.offline('app')) : NONE,
    ),
  ],
}

type How = { answer?: Answer; words?: string[]; isThere?: boolean } & Pick<Attempt, 'prepare' | 'notes'>

/** A download under these conditions, and what is there afterwards. */
export async function fetching(
  program: Program,
  download: Download,
  { answer, words = download.words('app'), isThere = true, prepare, notes }: How,
): Promise<Cell> {
  const references = isThere ? [await referenceOf(program, download)] : []
  const sites = answer && (await openSites(answer))
  const scene = makeScene(program)
  try {
    prepare?.(scene)
    const before = look(scene.box)
    const ended = await scene.run(words, { command: leadTo(scene.command(words), scene, sites?.address ?? NOWHERE) })
    const verdict = judge({ box: scene.box, before, project: join(scene.here, 'app'), references })
    return cellOf(ended, verdict, { words, notes: notes?.(ended, scene) ?? [] })
  } finally {
    sites?.close()
    scene.remove()
  }
}

/** Stopped once the first half of the download has been sent; then, where words are given, run again. */
async function interrupted(program: Program, download: Download, again?: string[]): Promise<Cell> {
  const references = [await referenceOf(program, download)]
  let sent = () => {}
  const isSent = new Promise<void>((resolve) => {
    sent = resolve
  })
  const half: Deliver = (content, response) => {
    response.writeHead(200, { 'content-length': content.length })
    response.write(content.subarray(0, content.length / 2), sent)
  }
  const sites = await openSites(answerWith(download, half))
  const scene = makeScene(program)
  try {
    const before = look(scene.box)
    const project = join(scene.here, 'app')
    const words = download.words('app')
    const running = scene.begin(words, { command: leadTo(scene.command(words), scene, sites.address) })
    await Promise.race([isSent, running.ended])
    // What was sent is also to be received, and written.
    await new Promise((resolve) => setTimeout(resolve, 300))
    running.end('SIGINT')
    const ended = await running.ended
    if (!again) return cellOf(ended, judge({ box: scene.box, before, project, references }))
    rmSync(project, { recursive: true, force: true })
    const offline = await scene.run(again, { command: leadTo(scene.command(again), scene, NOWHERE) })
    return cellOf(offline, judge({ box: scene.box, before, project, references }))
  } finally {
    sites.close()
    scene.remove()
  }
}

function makeScene(program: Program): Scene {
  // Nothing has been downloaded before.
  const { prepare, ...fresh } = program
  const scene = new Scene(fresh)
  const { file } = certificate()
  scene.env = { ...scene.env, NODE_EXTRA_CA_CERTS: file, GIT_SSL_CAINFO: file }
  return scene
}

const known = new Map<string, Promise<Reference>>()

function referenceOf(program: Program, download: Download): Promise<Reference> {
  const reference = known.get(program.name) ?? takeReference(program, download)
  known.set(program.name, reference)
  return reference
}

async function takeReference(program: Program, download: Download): Promise<Reference> {
  const sites = await openSites(answerWith(download))
  const scene = makeScene(program)
  try {
    const words = download.words('app')
    const { code, output } = await scene.run(words, { command: leadTo(scene.command(words), scene, sites.address) })
    const files = filesOf(look(scene.here), 'app')
    if (code !== 0 || files.size === 0) throw new Error(`${program.name} cannot download:\n${output}`)
    // The record holds the commit, and that is another one each time.
    return { files, varying: new Set(download.git ? ['.nix-jupyter.json'] : []), naming: new Set(), output }
  } finally {
    sites.close()
    scene.remove()
  }
}

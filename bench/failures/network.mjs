import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { cellOf, NONE } from './cell.mjs'
import { filesOf, look } from './disk-state.mjs'
import { answerWith, DOWNLOADS } from './downloads.mjs'
import { certificate, leadTo, NOWHERE, openForge } from './forge.mjs'
import { judge } from './judge.mjs'
import { begin } from './launch.mjs'
import { Scene } from './scene.mjs'

/**
 * @typedef {import('./attempt.mjs').Program} Program
 * @typedef {import('./cell.mjs').Cell} Cell
 * @typedef {import('./downloads.mjs').Download} Download
 * @typedef {import('./forge.mjs').Answer} Answer
 */

/** @param {string} id @param {string} title @param {(program: Program, download: Download) => Promise<Cell>} run */
const row = (id, title, run) => ({
  id,
  title,
  needsRoot: true,
  atOnce: 4,
  run: async (/** @type {Program} */ program) => {
    const download = DOWNLOADS[program.name]
    return download ? run(program, download) : NONE
  },
})

/** Half of it, and then the connection is gone. @type {(content: Buffer) => Answer} */
const cutOff = (content) => (_, response) => {
  response.writeHead(200, { 'content-length': content.length })
  response.write(content.subarray(0, content.length / 2), () => response.destroy())
}

/** Half of it, as if it were all. @type {(content: Buffer) => Answer} */
const shortened = (content) => (_, response) => void response.end(content.subarray(0, content.length / 2))

/** @type {import('./attempt.mjs').Theme} */
export const network = {
  id: 'network',
  title: 'The template comes from the network',
  intro: `create-nix-jupyter takes any repository (\`--template owner/repo\`), create-hono all of its templates from one repository,
create-next-app any repository (\`--example\`), sv a playground (\`--from-playground\`). GitHub and svelte.dev are played by a
server on this machine, over TLS; the templates are our own, and small. The others download an archive, create-nix-jupyter asks
git.`,
  situations: [
    row('reached', 'nothing is wrong', (program, download) =>
      fetching(program, download, { answer: answerWith(download) }),
    ),
    row('unreachable', 'the site cannot be reached', (program, download) => fetching(program, download, {})),
    row('not-found', 'the site answers 404 to everything', (program, download) =>
      fetching(program, download, { answer: (_, response) => void response.writeHead(404).end() }),
    ),
    row('cut-off', 'the connection breaks in the middle', (program, download) =>
      fetching(program, download, { answer: answerWith(download, cutOff) }),
    ),
    row('shortened', 'half of the download arrives, as if it were all', (program, download) =>
      fetching(program, download, { answer: answerWith(download, shortened) }),
    ),
    row('missing-folder', 'the repository does not have the folder', (program, download) =>
      fetching(program, download, {
        answer: answerWith(download),
        words: download.missing('app'),
        isThere: false,
      }),
    ),
    row('interrupted', 'Ctrl-C in the middle', (program, download) => interrupted(program, download)),
    row('offline', 'after that, the same from the cache', async (program, download) =>
      download.offline ? interrupted(program, download, download.offline('app')) : NONE,
    ),
  ],
}

/**
 * @param {Program} program
 * @param {Download} download
 * @param {{ answer?: Answer, words?: string[], isThere?: boolean } & Pick<import('./attempt.mjs').Attempt, 'prepare' | 'notes'>} how
 * @returns {Promise<Cell>}
 */
export async function fetching(program, download, { answer, words, isThere = true, prepare, notes }) {
  const references = isThere ? [await referenceOf(program, download)] : []
  const forge = answer && (await openForge(answer))
  const scene = await makeScene(program)
  try {
    prepare?.(scene)
    const before = look(scene.box)
    const typed = words ?? download.words('app')
    const command = leadTo(scene.command(typed), scene, forge?.address ?? NOWHERE)
    const ended = await scene.run(typed, { command })
    const verdict = judge({ box: scene.box, before, project: join(scene.here, 'app'), references })
    return cellOf(ended, verdict, { words: typed, notes: notes?.(ended, scene) ?? [] })
  } finally {
    forge?.close()
    scene.remove()
  }
}

/**
 * Stopped once the first half of the download has been sent; then, where words are given, run again.
 * @param {Program} program
 * @param {Download} download
 * @param {string[]} [again]
 * @returns {Promise<Cell>}
 */
async function interrupted(program, download, again) {
  const references = [await referenceOf(program, download)]
  /** @type {() => void} */
  let sent = () => {}
  const isSent = new Promise((resolve) => {
    sent = () => resolve(undefined)
  })
  const forge = await openForge(
    answerWith(download, (content) => (_, response) => {
      response.writeHead(200, { 'content-length': content.length })
      response.write(content.subarray(0, content.length / 2), sent)
    }),
  )
  const scene = await makeScene(program)
  try {
    const before = look(scene.box)
    const project = join(scene.here, 'app')
    const typed = download.words('app')
    const command = leadTo(scene.command(typed), scene, forge.address)
    const answers = program.answers ? { answers: program.answers } : {}
    const running = begin({ command, cwd: scene.here, env: scene.env, ...answers })
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
    forge.close()
    scene.remove()
  }
}

/** @param {Program} program */
async function makeScene(program) {
  // Nothing has been downloaded before.
  const { prepare, ...fresh } = program
  const scene = new Scene(fresh)
  scene.env = { ...scene.env, NODE_EXTRA_CA_CERTS: certificate().cert, GIT_SSL_CAINFO: certificate().cert }
  return scene
}

/** @type {Map<string, Promise<import('./reference.mjs').Reference>>} */
const known = new Map()

/** @param {Program} program @param {Download} download */
function referenceOf(program, download) {
  const reference = known.get(program.name) ?? takeReference(program, download)
  known.set(program.name, reference)
  return reference
}

/** @param {Program} program @param {Download} download @returns {Promise<import('./reference.mjs').Reference>} */
async function takeReference(program, download) {
  const forge = await openForge(answerWith(download))
  const scene = await makeScene(program)
  try {
    const words = download.words('app')
    const { code, output } = await scene.run(words, { command: leadTo(scene.command(words), scene, forge.address) })
    const files = filesOf(look(scene.here), 'app')
    if (code !== 0 || files.size === 0) throw new Error(`${program.name} cannot download:\n${output}`)
    // The record holds the commit, and that is another one each time.
    return { files, varying: new Set(download.git ? ['.nix-jupyter.json'] : []), naming: new Set(), output }
  } finally {
    forge.close()
    scene.remove()
  }
}

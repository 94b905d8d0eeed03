// The program beside the scaffolders that people know, in one run on one machine:
//   node bench/scaffolders.mjs           writes bench/results/scaffolders.json and docs/speed.md
//   node bench/scaffolders.mjs --quick   few rounds, to see that it works; prints only
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onInterruption } from './lib/interruption.mjs'
import { describeMachine } from './lib/machine.mjs'
import { installOurs, installPeers } from './lib/peers.mjs'
import { must } from './lib/run.mjs'
import { renderPage } from './lib/speed-page.mjs'
import { Stage } from './lib/stage.mjs'
import { step } from './lib/step.mjs'
import { measureInstall, remote } from './measures/install.mjs'
import { measureManners } from './measures/manners.mjs'
import { measureManyTemplates } from './measures/many-templates.mjs'
import { measureMemory } from './measures/memory.mjs'
import { measureParts } from './measures/parts.mjs'
import { FLOOR, measureHelp, measurePrompt, measureScaffold } from './measures/speed.mjs'

const QUICK = { install: 1, help: 3, prompt: 3, scaffold: 3, memory: 2, many: 3 }
const THOROUGH = { install: 3, help: 20, prompt: 20, scaffold: 20, memory: 10, many: 20 }

const repository = join(dirname(fileURLToPath(import.meta.url)), '..')
const words = process.argv.slice(2)
const isQuick = words.includes('--quick')
if (words.some((word) => word !== '--quick')) {
  console.error('Usage: node bench/scaffolders.mjs [--quick]')
  process.exit(2)
}
const rounds = isQuick ? QUICK : THOROUGH

const machine = describeMachine()
const stage = new Stage()
/** @type {string[]} */
const toRemove = []
onInterruption(remove)
try {
  const results = await measure()
  const page = renderPage(results)
  if (isQuick) {
    console.log(page)
  } else {
    mkdirSync(join(repository, 'bench/results'), { recursive: true })
    writeFileSync(join(repository, 'bench/results/scaffolders.json'), `${JSON.stringify(results, null, 2)}\n`)
    writeFileSync(join(repository, 'docs/speed.md'), page)
  }
} finally {
  remove()
}

/** @returns {Promise<import('./lib/speed-page.mjs').Results>} */
async function measure() {
  const ours = await installOurs()
  toRemove.push(ours.folder)
  const peers = await step('getting the others', installPeers)
  const all = [ours, ...peers]
  const variants = await listVariants(ours)

  const install = await step('install', () => measureInstall(all, stage, rounds.install))
  const manners = await step('network', () => measureManners(all, stage))
  const help = await step('--help', () => measureHelp(all, stage, rounds.help))
  const prompt = await step('first prompt', () => measurePrompt(all, stage, rounds.prompt))
  const scaffold = await step('scaffold', () => measureScaffold(all, variants, stage, rounds.scaffold))
  const memory = await step('memory', () => measureMemory(all, stage, rounds.memory))
  const many = await step('500 templates', () => measureManyTemplates(stage, rounds.many))

  return {
    date: new Date().toISOString().slice(0, 10),
    machine,
    disk: stage.disk,
    versions: { node: process.versions.node, npm: (await must('npm', ['--version'])).stdout.trim() },
    rounds,
    ours: ours.name,
    parts: measureParts(ours),
    floor: given({
      help: help.compared[FLOOR],
      prompt: prompt.compared[FLOOR],
      scaffold: scaffold.compared[FLOOR],
      memory: memory.compared[FLOOR],
    }),
    scaffolders: Object.fromEntries(
      all.map((scaffolder) => [
        scaffolder.name,
        {
          version: scaffolder.version,
          ...given({
            sizes: install.sizes[scaffolder.name],
            install: install.timings[scaffolder.name],
            installOverVite: install.overVite[scaffolder.name],
            installRemote: install.timings[remote(scaffolder.name)],
            help: help.compared[scaffolder.name],
            prompt: prompt.compared[scaffolder.name],
            scaffold: scaffold.compared[scaffolder.name],
            files: scaffold.files[scaffolder.name],
            memory: memory.compared[scaffolder.name],
            manners: manners.manners[scaffolder.name],
            many: scaffolder.name === ours.name ? given({ list: many.list, scaffold: many.scaffold }) : undefined,
          }),
        },
      ]),
    ),
    variants: Object.fromEntries(
      Object.keys(variants).map((variant) => [
        variant,
        given({ scaffold: scaffold.compared[variant], files: scaffold.files[variant] }),
      ]),
    ),
    notRun: {
      install: { [remote(ours.name)]: 'not before this version is published', ...install.failures },
      '`--help`': help.failures,
      'first prompt': prompt.failures,
      scaffold: scaffold.failures,
      memory: memory.failures,
      network: manners.failures,
      '500 templates': many.failures,
    },
  }
}

/**
 * Ours with its other templates, and with git.
 * @param {import('./lib/peers.mjs').Scaffolder} ours
 * @returns {Promise<{ [variant: string]: import('./lib/peers.mjs').Scaffolder }>}
 */
async function listVariants(ours) {
  const { stdout } = await must(process.execPath, [ours.bin, 'list', '--json'])
  /** @type {{ id: string }[]} */
  const templates = JSON.parse(stdout).templates
  const others = templates.filter(({ id }) => !ours.scaffold.includes(id))
  return Object.fromEntries([
    ...others.map(({ id }) => [id, { ...ours, scaffold: ['app', '--template', id, '--yes', '--no-git'] }]),
    ['minimal, with git', { ...ours, scaffold: ['app', '--template', 'minimal', '--yes', '--git'] }],
  ])
}

/**
 * Without what was not measured.
 * @template {object} T
 * @param {T} values
 * @returns {{ [K in keyof T]?: Exclude<T[K], undefined> }}
 */
function given(values) {
  return /** @type {never} */ (Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)))
}

function remove() {
  stage.remove()
  for (const folder of toRemove) rmSync(folder, { recursive: true, force: true })
}

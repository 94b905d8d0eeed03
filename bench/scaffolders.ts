// The program beside the scaffolders that people know, in one run on one machine:
//   npm run bench              writes bench/results/scaffolders.json and docs/speed.md
//   npm run bench -- --quick   few rounds, to see that it works; prints only
import { rmSync } from 'node:fs'
import { describeMachine } from './lib/machine.ts'
import { installOurs, installPeers, type Scaffolder } from './lib/peers.ts'
import { onInterruption, refuseOthers, step, writeResults } from './lib/report.ts'
import { must } from './lib/run.ts'
import { type Results, renderPage } from './lib/speed-page.ts'
import { Stage } from './lib/stage.ts'
import { measureInstall, remote } from './measures/install.ts'
import { measureManners } from './measures/manners.ts'
import { measureManyTemplates } from './measures/many-templates.ts'
import { measureMemory } from './measures/memory.ts'
import { measureParts } from './measures/parts.ts'
import { FLOOR, measureHelp, measurePrompt, measureScaffold } from './measures/speed.ts'

const QUICK = { install: 1, help: 3, prompt: 3, scaffold: 3, memory: 2, many: 3 }
const THOROUGH = { install: 3, help: 20, prompt: 20, scaffold: 20, memory: 10, many: 20 }

const words = process.argv.slice(2)
const isQuick = words.includes('--quick')
refuseOthers(words, [{ id: '--quick' }])
const rounds = isQuick ? QUICK : THOROUGH

const machine = describeMachine()
const stage = new Stage()
const toRemove: string[] = []
onInterruption(remove)
try {
  const results = await measure()
  writeResults('scaffolders', results, 'speed.md', renderPage(results), isQuick)
} finally {
  remove()
}

async function measure(): Promise<Results> {
  const ours = await installOurs()
  toRemove.push(ours.directory)
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
      all.map(({ name, version }) => {
        const measures = given({
          sizes: install.sizes[name],
          install: install.timings[name],
          installOverVite: install.overVite[name],
          installRemote: install.timings[remote(name)],
          help: help.compared[name],
          prompt: prompt.compared[name],
          scaffold: scaffold.compared[name],
          files: scaffold.files[name],
          memory: memory.compared[name],
          manners: manners.manners[name],
          many: name === ours.name ? given({ list: many.list, scaffold: many.scaffold }) : undefined,
        })
        return [name, { version, ...measures }]
      }),
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

/** Ours with its other templates, and with git. */
async function listVariants(ours: Scaffolder): Promise<{ [variant: string]: Scaffolder }> {
  const { stdout } = await must(process.execPath, [ours.bin, 'list', '--json'])
  const templates: { id: string }[] = JSON.parse(stdout).templates
  const others = templates.filter(({ id }) => !ours.scaffold.includes(id))
  return Object.fromEntries([
    ...others.map(({ id }) => [id, { ...ours, scaffold: ['app', '--template', id, '--yes', '--no-git'] }]),
    ['minimal, with git', { ...ours, scaffold: ['app', '--template', 'minimal', '--yes', '--git'] }],
  ])
}

/** Without what was not measured. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}

function remove() {
  stage.remove()
  for (const directory of toRemove) rmSync(directory, { recursive: true, force: true })
}

import { readFeatures } from './features.mjs'
import { problemsOf, problemsOfFeature } from './judge.mjs'
import { directoriesOf, readManifests } from './manifests.mjs'
import { knownPackages, refusedPackages } from './nixpkgs.mjs'
import { clashesOf } from './together.mjs'

/** The parts of the program, each a file of its own that is read when it is wanted. @type {import('./parts.mjs').Parts} */
export const PARTS = new Map([
  // What every run needs, and what needs nothing else.
  ['program.cjs', { sources: ['src/program.ts', 'src/commands/help.ts'], isShared: true }],
  [
    'create.cjs',
    {
      sources: [
        'src/create.ts',
        'src/apply/clean-up.ts',
        'src/apply/apply.ts',
        'src/plan/plan.ts',
        'src/templates/render.ts',
        'src/templates/compressed.ts',
        'src/plan/repository.ts',
        'src/apply/git.ts',
        'src/report/text.ts',
      ],
      isShared: true,
    },
  ],
  // What few projects and few runs need, each of it by itself.
  [
    'others.cjs',
    {
      sources: [
        'src/questions/plain.ts',
        'src/questions/trust.ts',
        'src/templates/remote/foreign.ts',
        'src/templates/remote/fill.ts',
        'src/report/json.ts',
        'src/report/dry-run.ts',
        'src/commands/list.ts',
        'src/commands/doctor.ts',
        'src/commands/schema.ts',
        'src/commands/completions.ts',
      ],
      isShared: true,
    },
  ],
  ['prompts.cjs', { sources: ['src/questions/prompts.ts'] }],
  ['remote.cjs', { sources: ['src/templates/remote/read.ts'] }],
  ['bring.cjs', { sources: ['src/bring/bring.ts'] }],
  ['doctor.cjs', { sources: ['src/doctor/doctor.ts'] }],
  ['changes.cjs', { sources: ['src/commands/changes.ts'] }],
])

/**
 * The directories of all templates, by where their texts go: those of templates with the same parts stand together.
 *
 * @param {ReturnType<typeof readManifests>} manifests @returns {Map<string, string[]>}
 */
function grouped(manifests) {
  const groups = new Map()
  for (const directory of new Set(manifests.flatMap(directoriesOf))) {
    const parts = manifests.find(({ id }) => id === directory)?.parts ?? []
    const name = parts.length > 0 ? `of/${parts.join('-')}` : directory
    groups.set(name, [...(groups.get(name) ?? []), directory])
  }
  return groups
}

/**
 * The modules that src/virtual.d.ts declares, by name; the templates' ids, and all directories of which
 * they are made; the features.
 *
 * @param {{ templates: string, features: string, attributes: string }} sources
 *   the directories of the templates and of the features; the file that says what nixpkgs has
 * @throws {Error} where a manifest, a template or a feature is not good
 */
export function modulesOf({ templates, features: featuresRoot, attributes }) {
  const manifests = readManifests(templates)
  const features = readFeatures(featuresRoot, manifests)
  const problems = [
    ...manifests.flatMap((manifest) => problemsOf(templates, directoriesOf(manifest), manifest)),
    ...features.flatMap(({ manifest }) => problemsOfFeature(featuresRoot, manifest, manifests)),
  ]
  // What is given together can be read where each by itself is good.
  if (problems.length === 0) problems.push(...clashesOf(templates, featuresRoot, manifests, features))
  if (problems.length > 0) throw new Error([...new Set(problems)].join('\n'))
  const modules = new Map([
    // Of a long list, JSON is read several times as fast as code.
    [
      'built:manifests',
      `export const manifests = ${fromJson(manifests)}
      export const features = ${fromJson(features.map(({ manifest }) => manifest))}`,
    ],
    [
      'built:nixpkgs',
      `export const pythonPackages = '${knownPackages(attributes).join(' ')}'.split(' ')
      export const refusedPackages = ${JSON.stringify(refusedPackages(attributes))}`,
    ],
  ])
  return {
    modules,
    ids: manifests.map(({ id }) => id),
    directories: grouped(manifests),
    features,
  }
}

/** @param {object} list */
function fromJson(list) {
  return `JSON.parse(${JSON.stringify(JSON.stringify(list))})`
}

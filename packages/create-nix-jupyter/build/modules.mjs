import path from 'node:path'
import { clashesOf, readFeatures } from './features.mjs'
import { projectPaths } from './files.mjs'
import { problemsOf, problemsOfFeature } from './judge.mjs'
import { foldersOf, readManifests } from './manifests.mjs'
import { knownPackages, refusedPackages } from './nixpkgs.mjs'

/** Which parts of the program become files of their own, loaded late. */
export const LATE = new Map([
  ['src/questions/prompts.ts', 'prompts.cjs'],
  ['src/templates/remote/read.ts', 'remote.cjs'],
  ['src/bring/bring.ts', 'bring.cjs'],
  ['src/doctor/doctor.ts', 'doctor.cjs'],
  ['src/commands/changes.ts', 'changes.cjs'],
])

/**
 * The modules that src/virtual.d.ts declares, by name; the templates' ids, and all folders that they are made of; the features.
 *
 * @param {{ templates: string, features: string, attributes: string }} sources
 *   the folders of the templates and of the features; the file that says what nixpkgs has
 * @throws {Error} where a manifest, a template or a feature is not good
 */
export function modulesOf({ templates, features: featuresRoot, attributes }) {
  const manifests = readManifests(templates)
  const features = readFeatures(featuresRoot, manifests)
  const taken = new Map(
    manifests.map((manifest) => [
      manifest.id,
      foldersOf(manifest).flatMap((folder) => projectPaths(path.join(templates, folder))),
    ]),
  )
  const problems = [
    ...manifests.flatMap((manifest) => problemsOf(templates, foldersOf(manifest), manifest)),
    ...features.flatMap(({ manifest }) => problemsOfFeature(featuresRoot, manifest, manifests)),
    ...clashesOf(featuresRoot, features, taken),
  ]
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
  return { modules, ids: manifests.map(({ id }) => id), folders: new Set(manifests.flatMap(foldersOf)), features }
}

/** @param {object} list */
function fromJson(list) {
  return `JSON.parse(${JSON.stringify(JSON.stringify(list))})`
}

import { problemsOf } from './judge.mjs'
import { foldersOf, readManifests } from './manifests.mjs'
import { knownPackages, refusedPackages } from './nixpkgs.mjs'

/** Which parts of the program become files of their own, loaded late. */
export const LATE = new Map([
  ['src/questions/prompts.ts', 'prompts.cjs'],
  ['src/templates/remote/read.ts', 'remote.cjs'],
  ['src/bring/bring.ts', 'bring.cjs'],
])

/**
 * The modules that src/virtual.d.ts declares, by name; the templates' ids; and all folders that they are made of.
 *
 * @param {string} templates the folder of the templates
 * @param {string} attributes the file that says what nixpkgs has
 * @throws {Error} where a manifest or a template is not good
 */
export function modulesOf(templates, attributes) {
  const manifests = readManifests(templates)
  const problems = manifests.flatMap((manifest) => problemsOf(templates, foldersOf(manifest), manifest))
  if (problems.length > 0) throw new Error([...new Set(problems)].join('\n'))
  const modules = new Map([
    // Of a long list, JSON is read several times as fast as code.
    ['built:manifests', `export const manifests = JSON.parse(${JSON.stringify(JSON.stringify(manifests))})`],
    [
      'built:nixpkgs',
      `export const pythonPackages = '${knownPackages(attributes).join(' ')}'.split(' ')
      export const refusedPackages = ${JSON.stringify(refusedPackages(attributes))}`,
    ],
  ])
  return { modules, ids: manifests.map(({ id }) => id), folders: new Set(manifests.flatMap(foldersOf)) }
}

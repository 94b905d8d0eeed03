import { problemsOf } from './judge.mjs'
import { foldersOf, readManifests } from './manifests.mjs'
import { knownPackages, refusedPackages } from './nixpkgs.mjs'
import { storeTemplates } from './templates.mjs'

/**
 * The modules that src/virtual.d.ts declares, which parts become files of their own, and the texts that lie beside them.
 *
 * @param {string} templates the folder of the templates
 * @param {string} attributes the file that says what nixpkgs has
 */
export function modulesOf(templates, attributes) {
  const manifests = readManifests(templates)
  const late = new Map([
    ['src/prompts.ts', 'prompts.cjs'],
    ['src/remote.ts', 'remote.cjs'],
    ['built:files', 'templates.cjs'],
  ])
  const folders = new Map([['shared', ['shared']]])
  for (const manifest of manifests) folders.set(manifest.id, foldersOf(manifest))
  const problems = manifests.flatMap((manifest) => problemsOf(templates, ['shared', ...foldersOf(manifest)], manifest))
  if (problems.length > 0) throw new Error([...new Set(problems)].join('\n'))
  const { source, texts } = storeTemplates(templates, folders)
  const modules = new Map([
    ['built:manifests', `export const manifests = ${JSON.stringify(manifests)}`],
    [
      'built:nixpkgs',
      `export const pythonPackages = '${knownPackages(attributes).join(' ')}'.split(' ')
      export const refusedPackages = ${JSON.stringify(refusedPackages(attributes))}`,
    ],
    ['built:files', source],
  ])
  return { modules, late, texts, ids: manifests.map(({ id }) => id) }
}

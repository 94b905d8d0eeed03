import path from 'node:path'
import { readManifests } from './manifests.mjs'
import { knownPackages } from './nixpkgs.mjs'
import { largeModuleOf, moduleOf } from './templates.mjs'

/**
 * The modules that src/virtual.d.ts declares, and which parts become files of their own.
 *
 * @param {string} templates the folder of the templates
 * @param {string} attributes the file that says what nixpkgs has
 */
export function partsOf(templates, attributes) {
  const manifests = readManifests(templates)
  const late = new Map([
    ['src/prompts.ts', 'prompts.cjs'],
    ['src/degit.ts', 'degit.cjs'],
  ])
  /** @type {Map<string, string>} */
  const large = new Map()
  const modules = new Map([
    ['built:no-git-client', 'export const defaultGitClient = undefined'],
    ['built:manifests', `export const manifests = ${JSON.stringify(manifests)}`],
    ['built:nixpkgs', `export const pythonPackages = '${knownPackages(attributes).join(' ')}'.split(' ')`],
    [
      'built:files',
      `export const shared = () => import('built:template/shared')
       export const templates = { ${manifests.map(({ id }) => `'${id}': () => import('built:template/${id}')`).join(', ')} }`,
    ],
  ])
  for (const id of ['shared', ...manifests.map((manifest) => manifest.id)]) {
    modules.set(`built:template/${id}`, moduleOf(path.join(templates, id), large))
    late.set(`built:template/${id}`, `templates/${id}.cjs`)
  }
  for (const [name, text] of large) {
    modules.set(name, largeModuleOf(text))
    late.set(name, `${name.replace('built:large/', 'templates/large-')}.cjs`)
  }
  return { modules, late }
}

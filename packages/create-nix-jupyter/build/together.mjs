import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { projectPaths } from './files.mjs'
import { parse } from './manifest-files.mjs'
import { directoriesOf } from './manifests.mjs'

// What templates and features give a project goes together in each of them: nothing is given twice, and settings have a file.

/** @typedef {import('../src/templates/manifests.js').Manifest} Manifest */
/** @typedef {import('./features.mjs').Feature} Feature */

/**
 * Why features cannot be in one project with the templates, or with each other.
 *
 * @param {string} root the directory of the templates
 * @param {string} featuresRoot the directory of the features
 * @param {readonly Manifest[]} manifests
 * @param {readonly Feature[]} features
 * @returns {string[]}
 */
export function clashesOf(root, featuresRoot, manifests, features) {
  const ofTemplates = new Map(manifests.map((manifest) => [manifest.id, givenByTemplate(root, manifest)]))
  const givers = new Map([...ofTemplates].flatMap(([id, given]) => given.map((what) => [what, `the template ${id}`])))
  return features.flatMap((feature) => {
    const { id } = feature.manifest
    const given = givenByFeature(featuresRoot, feature)
    const clashes = given.flatMap((what) => {
      const other = givers.get(what)
      return other ? [`the feature ${id} gives ${what}, which ${other} gives, too`] : []
    })
    for (const what of given) givers.set(what, `the feature ${id}`)
    return [...clashes, ...lostSettings(feature, given, ofTemplates)]
  })
}

/**
 * Settings for a file that is not in the project: nobody would ever have them.
 *
 * @param {Feature} feature @param {readonly string[]} own what it gives itself
 * @param {ReadonlyMap<string, readonly string[]>} ofTemplates
 */
function lostSettings({ manifest: { id, templates }, additions: { settings } }, own, ofTemplates) {
  const fitting = [...ofTemplates].filter(([template]) => !templates || templates.includes(template))
  return Object.keys(settings).flatMap((file) =>
    fitting
      .filter(([, given]) => !given.includes(file) && !own.includes(file))
      .map(([template]) => `the feature ${id} has settings for ${file}, which the template ${template} does not have`),
  )
}

/** Its files, and the services in its flake.nix. @param {string} root @param {Manifest} manifest @returns {string[]} */
function givenByTemplate(root, manifest) {
  const directories = directoriesOf(manifest).map((directory) => path.join(root, directory))
  const flake = directories.flatMap((directory) =>
    ['flake.nix', 'flake.nix.ejs'].map((name) => path.join(directory, name)).filter((file) => existsSync(file)),
  )
  const text = readFileSync(flake.at(-1) ?? '', 'utf8')
  const services = [...text.matchAll(/^ *(services\.[a-z][a-z0-9-]*)\b/gm)].map(([, name = '']) => name)
  return [...directories.flatMap(projectPaths), ...new Set(services)]
}

/** Its files, services and commands. @param {string} root @param {Feature} feature @returns {string[]} */
function givenByFeature(root, { manifest: { id }, additions: { services } }) {
  const files = path.join(root, id, 'files')
  const commands = path.join(files, 'nix/features', id, 'commands.json')
  return [
    ...(existsSync(files) ? projectPaths(files) : []),
    ...Object.keys(services).map((name) => `services.${name}`),
    ...(existsSync(commands) ? Object.keys(parse(commands)) : []).map((name) => `the command ${name}`),
  ]
}

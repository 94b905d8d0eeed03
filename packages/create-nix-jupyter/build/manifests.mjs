import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { projectPaths } from './files.mjs'
import { isText, parse, refusal } from './manifest-files.mjs'

/** @typedef {import('../src/templates/manifests.js').Manifest} Manifest */

const PACKAGE_PLACES = ['flake.nix', 'requirements.in', 'pyproject.toml']

/** Without these a project cannot start. */
const NEEDED = ['flake.nix', 'flake.lock']

/**
 * Reads and checks the manifests of all templates, in their order. One without template.json is no template yet.
 *
 * @param {string} root @returns {Manifest[]}
 */
export function readManifests(root) {
  const manifests = readdirSync(root)
    .filter((name) => existsSync(path.join(root, name, 'template.json')))
    .map((name) => readManifest(root, name))
    .sort((a, b) => a.order - b.order)
  if (manifests.length === 0)
    throw new Error(`There is no template in ${root}: no directory in it has a template.json.`)
  const twice = manifests.find((manifest, index) => manifest.order === manifests[index + 1]?.order)
  if (twice) throw new Error(`Two templates have the order ${twice.order}.`)
  return manifests
}

/** @param {string} root @param {string} name @returns {Manifest} */
function readManifest(root, name) {
  const file = path.join(root, name, 'template.json')
  const manifest = parse(file)
  const problems = problemsOf(manifest, name)
  problems.push(
    ...unknownParts(root, manifest).map((part) => `there is no part "${part}" in ${path.join(root, 'parts')}`),
  )
  if (problems.length > 0) throw refusal(file, problems)
  const paths = directoriesOf(manifest).flatMap((directory) => projectPaths(path.join(root, directory)))
  problems.push(...NEEDED.filter((needed) => !paths.includes(needed)).map((needed) => `the template has no ${needed}`))
  if (problems.length > 0) throw refusal(file, problems)
  return manifest
}

/**
 * Where a template's files are, relative to the directory of all: what all share, what some share, then its own.
 * A later one goes before.
 *
 * @param {Manifest} manifest
 */
export function directoriesOf({ id, parts = [] }) {
  return ['shared', ...parts.map((part) => `parts/${part}`), id]
}

/** @param {string} root @param {Manifest} manifest */
function unknownParts(root, { parts = [] }) {
  if (!Array.isArray(parts)) return [parts]
  return parts.filter((part) => !/^[a-z][a-z0-9-]*$/.test(part) || !existsSync(path.join(root, 'parts', part)))
}

/** @param {Record<string, unknown>} manifest @param {string} directory @returns {string[]} */
function problemsOf(manifest, directory) {
  const { id, title, hint, order, python, packages, gpu = false, parts, ...unknown } = manifest
  const { default: standard, choices, compiled = [], ...more } = /** @type {Record<string, unknown>} */ (python ?? {})
  const versions = Array.isArray(choices) ? choices : []
  const checks = /** @type {[boolean, string][]} */ ([
    [id === directory && /^[a-z][a-z0-9-]*$/.test(directory), `"id" must be the name of the directory, "${directory}"`],
    [isText(title), '"title" must be a text'],
    [isText(hint), '"hint" must be a text'],
    [Number.isInteger(order), '"order" must be a whole number'],
    [
      versions.length > 0 && versions.every((version) => /^3\.\d+$/.test(version)),
      '"python.choices" must list versions such as "3.13"',
    ],
    [versions.includes(standard), '"python.default" must be one of "python.choices"'],
    [
      Array.isArray(compiled) && compiled.every((version) => versions.includes(version) && version !== standard),
      '"python.compiled" must list some of "python.choices", and not the default',
    ],
    [PACKAGE_PLACES.includes(String(packages)), `"packages" must be one of ${PACKAGE_PLACES.join(', ')}`],
    [typeof gpu === 'boolean', '"gpu" must be true or false'],
    ...Object.keys({ ...unknown, ...more }).map((key) => [false, `"${key}" is not known`]),
  ])
  return checks.filter(([ok]) => !ok).map(([, problem]) => problem)
}

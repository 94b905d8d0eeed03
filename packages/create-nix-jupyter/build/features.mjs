import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { withSlots } from './ejs.mjs'
import { serviceProblems } from './judge-lab.mjs'
import { isObject, isText, parse, refusal } from './manifest-files.mjs'
import { parseRequirement } from './requirement.mjs'

/** @typedef {import('../src/templates/manifests.js').Manifest} Manifest */
/** @typedef {import('../src/templates/manifests.js').FeatureManifest} FeatureManifest */
/** @typedef {import('../src/templates/additions.js').Additions} Additions */
/** @typedef {{ manifest: FeatureManifest, additions: Additions }} Feature */

const NAME = /^[a-z][a-z0-9-]*$/
/** `none` is what `--with` says of the default ones. */
const RESERVED = 'none'

/**
 * Reads and checks all features, in their order: what lists and prompts say of them, and what they add to a project.
 *
 * @param {string} root the directory of the features; where there is none, there are no features
 * @param {readonly Manifest[]} templates
 * @returns {Feature[]}
 * @throws {Error} where a manifest is not good
 */
export function readFeatures(root, templates) {
  if (!existsSync(root)) return []
  const directories = readdirSync(root).filter((name) => existsSync(path.join(root, name, 'feature.json')))
  const features = directories.map((name) => readFeature(root, name, directories, templates))
  features.sort((a, b) => a.manifest.order - b.manifest.order)
  const twice = features.find(({ manifest }, index) => manifest.order === features[index + 1]?.manifest.order)
  if (twice) throw new Error(`Two features have the order ${twice.manifest.order}.`)
  return features
}

/** @param {string} root @param {string} name @param {readonly string[]} all @param {readonly Manifest[]} templates @returns {Feature} */
function readFeature(root, name, all, templates) {
  const file = path.join(root, name, 'feature.json')
  const text = parse(file)
  const problems = problemsOf(text, name, all, templates)
  if (problems.length > 0) throw refusal(file, problems)
  const { id, title, hint, order, default: standard, templates: fits, excludes, needs, ...adds } = text
  const textOf = (/** @type {string} */ document) => {
    const text = path.join(root, name, document)
    return existsSync(text) ? readFileSync(text, 'utf8').trim() : ''
  }
  return {
    manifest: { id, title, hint, order, default: standard, templates: fits, excludes, needs },
    additions: {
      python: adds.python ?? [],
      tools: adds.tools ?? [],
      services: adds.services ?? {},
      attributes: adds.attributes ?? [],
      settings: adds.settings ?? {},
      section: withSlots(path.join(root, name, 'README.md'), textOf('README.md')),
      agents: textOf('AGENTS.md'),
    },
  }
}

/**
 * What a manifest gets wrong.
 *
 * @param {Record<string, unknown>} manifest @param {string} directory @param {readonly string[]} all
 * @param {readonly Manifest[]} templates
 * @returns {string[]}
 */
function problemsOf(manifest, directory, all, templates) {
  const { id, title, hint, order, default: standard, templates: fits, excludes, needs, ...adds } = manifest
  const { python, tools, services, attributes, settings, ...unknown } = adds
  const ids = templates.map((template) => template.id)
  const others = all.filter((name) => name !== directory)
  const checks = /** @type {[boolean, string][]} */ ([
    [id === directory && NAME.test(directory), `"id" must be the name of the directory, "${directory}"`],
    [id !== RESERVED, `"${RESERVED}" is what --with says of no feature at all`],
    [isText(title), '"title" must be a text'],
    [isText(hint), '"hint" must be a text'],
    [Number.isInteger(order), '"order" must be a whole number'],
    [standard === undefined || standard === true, '"default" must be true, or be left out'],
    [isListOf(fits, (name) => ids.includes(name)), '"templates" must list names of templates'],
    [isListOf(excludes, (name) => others.includes(name)), '"excludes" must list other features'],
    [isListOf(needs, (name) => others.includes(name)), '"needs" must list other features'],
    [
      !(standard && (fits || excludes || needs)),
      'a default one fits every template, excludes nothing and needs nothing',
    ],
    [isListOf(python, isPackage), '"python" must list names of Python packages, some with a limit, as "numpy<3"'],
    [isListOf(tools, (name) => /^[A-Za-z][\w.-]*$/.test(name)), '"tools" must list attributes of nixpkgs'],
    [isListOf(attributes, isText), '"attributes" must list lines of .gitattributes'],
    [!listOf(needs).some((name) => listOf(excludes).includes(name)), '"needs" and "excludes" name the same feature'],
    ...serviceProblems(services).map((problem) => [false, problem]),
    [
      settings === undefined || isObject(settings),
      '"settings" must be an object: its keys are JSON files of the project',
    ],
    ...Object.entries(settings ?? {}).map(([file, added]) => [
      file.endsWith('.json') && isObject(added),
      `"settings", ${file}: it must be a JSON file and have an object, which is merged into it`,
    ]),
    ...Object.keys(unknown).map((key) => [false, `"${key}" is not known`]),
  ])
  return checks.filter(([ok]) => !ok).map(([, problem]) => problem)
}

/**
 * Whether it is the name of a package, with or without a limit.
 *
 * @param {string} text
 */
function isPackage(text) {
  const { name = '', specifier } = parseRequirement(text) ?? {}
  return /^[a-z0-9][a-z0-9.-]*$/.test(name) && text === `${name}${specifier}`
}

/** @param {unknown} value @param {(member: string) => boolean} fits */
function isListOf(value, fits) {
  return (
    value === undefined || (Array.isArray(value) && value.every((member) => typeof member === 'string' && fits(member)))
  )
}

/** @param {unknown} value @returns {unknown[]} */
function listOf(value) {
  return Array.isArray(value) ? value : []
}

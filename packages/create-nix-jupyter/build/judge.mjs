import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import ejs from 'ejs'
import { filesOf, projectPath } from './files.mjs'
import { problemsForLab } from './judge-lab.mjs'

// Every template is rendered once at build time and judged as a whole: what would fail, or look wrong, in the hands of a user is
// refused here, with the name of the file.

/** @typedef {import('../src/templates/manifests.js').Manifest} Manifest */
/** @typedef {import('../src/templates/manifests.js').FeatureManifest} FeatureManifest */

/** A single file beyond this has no place in a package of 600 kB. */
const MAX_BYTES = 512 * 1024

/** What the program writes, what belongs to git, and what may hold secrets. */
const FORBIDDEN = /(^|\/)(\.git|\.env)(\/|$)|^\.nix-jupyter\.json$|(^|\/)\.env\.(?!example$)[^/]*$/i

/**
 * The reasons against a template, none where it is good.
 *
 * @param {string} root the directory of all templates
 * @param {readonly string[]} directories those of this one; a later one goes before
 * @param {Manifest} manifest
 * @returns {string[]}
 */
export function problemsOf(root, directories, manifest) {
  const sources = directories.flatMap((directory) =>
    filesOf(path.join(root, directory)).map((file) => path.join(root, directory, file)),
  )
  const files = new Map()
  for (const directory of directories) {
    for (const file of filesOf(path.join(root, directory)))
      files.set(projectPath(file), path.join(root, directory, file))
  }
  const paths = [...files.keys()]
  const problems = [
    ...paths.filter((file) => FORBIDDEN.test(file)).map((file) => `${file} has no place in a template`),
    ...clashes(paths),
    ...sources.flatMap(unfit),
  ]
  if (!paths.includes(manifest.packages))
    problems.push(`"packages" names ${manifest.packages}, which the template does not have`)
  for (const [file, source] of files) {
    if (!source.endsWith('.ejs')) continue
    const rendered = render(source, manifest)
    if (rendered instanceof Error) problems.push(`${source}: ${rendered.message}`)
    else if (file === 'flake.nix' && !rendered.trim()) problems.push(`${source} comes out empty`)
  }
  const flake = files.get('flake.nix')
  if (flake && !readFileSync(flake, 'utf8').trim()) problems.push(`${flake} is empty`)
  return [...new Set(problems)]
}

/**
 * The reasons against a feature's own files, none where they are good.
 *
 * @param {string} root the directory of all features
 * @param {FeatureManifest} feature
 * @param {readonly Manifest[]} manifests those of all templates
 * @returns {string[]}
 */
export function problemsOfFeature(root, { id, templates }, manifests) {
  const directory = path.join(root, id, 'files')
  const files = existsSync(directory) ? filesOf(directory) : []
  const fitting = manifests.filter((manifest) => !templates || templates.includes(manifest.id))
  const problems = files.flatMap((file) => {
    const source = path.join(directory, file)
    const rendered = file.endsWith('.ejs')
      ? fitting.map((manifest) => render(source, manifest))
      : [readFileSync(source, 'utf8')]
    return [
      ...(FORBIDDEN.test(projectPath(file)) ? [`${source} has no place in a project`] : []),
      ...unfit(source),
      ...rendered.flatMap((result) =>
        result instanceof Error
          ? [`${source}: ${result.message}`]
          : problemsForLab(id, projectPath(file), source, result, files.map(projectPath)),
      ),
    ]
  })
  return [...new Set([...problems, ...clashes(files.map(projectPath))])]
}

/** A file where another has a directory, and names that are one on macOS and Windows. @param {readonly string[]} paths */
function clashes(paths) {
  const byLower = new Map(paths.map((file) => [file.toLowerCase(), file]))
  return paths.flatMap((file) => [
    ...(paths.some((other) => other.startsWith(`${file}/`))
      ? [`${file} is a file here and a directory elsewhere`]
      : []),
    ...(byLower.get(file.toLowerCase()) === file
      ? []
      : [`${file} and ${byLower.get(file.toLowerCase())} differ in case only`]),
  ])
}

/** A file that is too large, and a program whose lines end as on Windows, which no shell runs. @param {string} source */
function unfit(source) {
  const content = readFileSync(source)
  return [
    ...(content.length > MAX_BYTES ? [`${source} has ${content.length} bytes; the maximum is ${MAX_BYTES}`] : []),
    ...(/\.(sh|py|nix)(\.ejs)?$|^[^.]+$/.test(path.basename(source)) && content.includes('\r\n')
      ? [`${source} has lines that end with CR LF; they must end with LF alone`]
      : []),
  ]
}

/**
 * What comes out for the answers that a user may give; an error where the file asks for what there is not.
 *
 * @param {string} source @param {Manifest} manifest
 */
function render(source, manifest) {
  const text = readFileSync(source, 'utf8')
  // In tags only; the published program has no way to include.
  if (/<%[^%]*\binclude\s*\(/.test(text)) return new Error('include() does not work in a template; use templates/parts')
  const values = sampleValues(manifest)
  const it = new Proxy(values, {
    get: (target, key) => {
      if (typeof key === 'symbol' || key in target) return Reflect.get(target, key)
      throw new Error(`there is no it.${key}; there are: ${Object.keys(target).join(', ')}`)
    },
  })
  try {
    // As the program has it: a plain function, in which EJS itself (which copies the values) has no part.
    const template = new ejs.Template(text, { strict: true, localsName: 'it', _with: false, compileDebug: false })
    template.compile()
    return String(new Function('it', 'escapeFn', template.source)(it, String))
  } catch (error) {
    return new Error(/** @type {Error} */ (error).message.split('\n').at(-1))
  }
}

/** @param {Manifest} manifest */
function sampleValues(manifest) {
  const inFlake = manifest.packages === 'flake.nix'
  const python = manifest.python.default
  return {
    name: 'my-lab',
    slug: 'my-lab',
    python,
    pythonAttr: `python${python.replace('.', '')}`,
    packages: inFlake ? ['numpy'] : ['cowsay', 'numpy'],
    requirements: inFlake ? ['cowsay'] : [],
    features: ['sample'],
    tools: ['pkgs.hello'],
    services: ['services.sample.command = "true";'],
    attributes: ['*.sample text'],
    sections: ['## Sample'],
    agents: ['- Sample'],
    template: manifest,
  }
}

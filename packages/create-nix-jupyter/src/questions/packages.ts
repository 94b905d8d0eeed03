import { pythonPackages, refusedPackages } from 'built:nixpkgs'
import names from '../../../../templates/shared/nix/lab/packages/known.json' with { type: 'json' }
import { Failure } from '../base/errors.js'
import { keyOf } from '../base/names.js'
import { formatRequirement, mergeRequirements, parseRequirement } from '../bring/requirement.js'
import type { Manifest } from '../templates/manifests.js'

/** Extra packages, sorted by who supplies them. */
export interface SortedPackages {
  /** Go into the file that the template's manifest names. */
  readonly packages: readonly string[]
  /** Come from PyPI, through requirements.in. */
  readonly requirements: readonly string[]
}

const NAME = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?'
const VERSION = '(?:===|==|~=|!=|<=|>=|<|>)[A-Za-z0-9][A-Za-z0-9.*+!_-]*'
/** When a package is wanted, as in `; sys_platform == "linux"`. */
const MARKER = `; ?[( ]*(?:python_|platform_|implementation_|os_name|sys_platform)[A-Za-z0-9_.<>=!~ "'()-]+`
const REQUIREMENT = new RegExp(`^(${NAME})(\\[${NAME}(?:,${NAME})*\\])?(${VERSION}(?:,${VERSION})*)?(${MARKER})?$`)

/** The word that stands for no packages. PyPI has a package of that name, which nobody means. */
const NONE = 'none'

/**
 * Splits and checks package names as typed: `a, b[x]>=1,<2` is two of them, and `none` is none.
 *
 * @throws {Failure} for what is not the name of a package
 */
export function parsePackages(typed: readonly string[]): string[] {
  const words = typed.flatMap(splitList)
  if (words.length === 1 && keyOf(words.join()) === NONE) return []
  const found = words.map(checkPackage)
  const byName = new Map(found.map((requirement) => [`${keyOf(requirement)}${markerOf(requirement)}`, requirement]))
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, requirement]) => requirement)
}

/**
 * Packages of the user's, and those of features that are not among them: the user may say which version.
 *
 * Of what nixpkgs supplies there is one version, so that a feature's limit is for PyPI alone.
 */
export function mergePackages(own: readonly string[], added: readonly string[], manifest: Manifest): readonly string[] {
  const keys = new Set(own.map(keyOf))
  const fromNix = new Set(manifest.packages === 'flake.nix' ? pythonPackages : [])
  const more = mergeRequirements(added.flatMap((text) => parseRequirement(text) ?? []))
    .filter(({ name }) => !keys.has(keyOf(name)))
    .map((requirement) => (fromNix.has(keyOf(requirement.name)) ? requirement.name : formatRequirement(requirement)))
  return [...own, ...more].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

/**
 * Sorts packages by the template's own place and nixpkgs' list.
 *
 * @throws {Failure} for one with which nixpkgs would refuse the whole project.
 */
export function sortPackages(requested: readonly string[], manifest: Manifest, python: string): SortedPackages {
  if (manifest.packages !== 'flake.nix') return { packages: requested, requirements: [] }
  for (const requirement of requested) refuseRefused(keyOf(requirement), python, manifest)
  const known = new Set(pythonPackages)
  const isKnown = (requirement: string) => known.has(keyOf(requirement)) && /^[A-Za-z0-9._-]+$/.test(requirement)
  return {
    packages: requested.filter(isKnown).map(keyOf),
    requirements: requested.filter((requirement) => !isKnown(requirement)),
  }
}

/** What becomes of a package that somebody has elsewhere: its text, by another name where it was that of a module, or why not. */
export function adaptPackage(text: string, manifest: Manifest): { text: string } | { why: string } {
  const key = keyOf(text)
  if (BUILT_IN.test(key)) return { why: 'it is part of Python' }
  if (manifest.packages !== 'pyproject.toml' && JUPYTER.test(key))
    return { why: 'Nix brings JupyterLab, and what it needs' }
  const meant = PACKAGE_OF_MODULE.get(key)
  return { text: meant ? text.replace(/^[A-Za-z0-9._-]+/, meant) : text }
}

/** What JupyterLab is made of: another version beside that of Nix would break it. */
const JUPYTER =
  /^(jupyter|jupyterlab|jupyter-(client|core|server|server-terminals|events|lsp|console)|jupyterlab-(server|pygments|widgets)|notebook|notebook-shim|nbclassic|ipykernel)$/

/** The package of a module that is imported, where that is known. */
export function adoptedName(module: string): string | undefined {
  const key = keyOf(module)
  return PACKAGE_OF_MODULE.get(key) ?? (pythonPackages.includes(key) ? key : undefined)
}

/** Names that a project cannot have, because it would seem to depend on itself. */
export function packageNames(requested: readonly string[]): string[] {
  return [...pythonPackages, ...requested.map(keyOf)]
}

function markerOf(requirement: string): string {
  return /;.*$/.exec(requirement)?.[0] ?? ''
}

/** One comma or space separates packages, unless it belongs to a version, to a list of extras or, up to a comma, to a marker. */
function splitList(text: string): string[] {
  const markers: string[] = []
  return text
    .replace(/\s*;\s*([^,]+)/g, (_, marker: string) => `;${markers.push(marker.trim())}`)
    .replace(/\s*([<>=!~]+)\s*/g, '$1')
    .replace(/\[[^\]]*\]/g, (extras) => extras.replace(/\s+/g, ''))
    .replace(/\s*,\s*(?=[<>=!~])/g, '\u0000')
    .split(/[,\s]+(?![^[]*\])/)
    .map((part) => part.replaceAll('\u0000', ',').replace(/;(\d+)$/, (_, at) => `; ${markers[Number(at) - 1] ?? ''}`))
    .filter(Boolean)
}

/** What is imported is often not what is installed: these names are no packages of PyPI that anybody could use. */
const PACKAGE_OF_MODULE = new Map<string, string>(Object.entries(names.importedAs))

/** Modules that people ask for and that come with every Python. */
const BUILT_IN =
  /^(os|sys|re|json|math|random|time|datetime|sqlite3|csv|pathlib|itertools|functools|collections|tkinter)$/

function refuseRefused(name: string, python: string, { python: { choices } }: Manifest): void {
  const refused = refusedPackages[name]
  if (refused === true) {
    const free = name.replace(/-bin$/, '')
    throw new Failure('usage', `--packages ${name}: nixpkgs refuses it because of its licence.`, {
      next: [`Next: --packages ${free}. With --template cuda, ${free} runs on the GPU.`],
    })
  }
  if (refused?.includes(python)) {
    const other = choices.filter((version) => !refused.includes(version)).at(-1) ?? ''
    throw new Failure('usage', `--packages ${name}: in nixpkgs it does not work with Python ${python}.`, {
      next: [`Next: --python ${other}`],
    })
  }
}

function checkPackage(text: string): string {
  if (REQUIREMENT.test(text)) {
    const key = keyOf(text)
    if (key === NONE) {
      throw new Failure('usage', `"${text}" stands for no packages, and others were given, too.`, {
        next: ['Next: leave it out'],
      })
    }
    if (BUILT_IN.test(key)) throw new Failure('usage', `"${text}" is part of Python.`, { next: ['Next: leave it out'] })
    const meant = PACKAGE_OF_MODULE.get(key)
    if (!meant) return text
    const next = [`Did you mean "${text.replace(/^[A-Za-z0-9._-]+/, meant)}"?`]
    throw new Failure('usage', `"${text}" is the name of a module; the package has another name.`, { next })
  }
  throw new Failure('usage', `"${text}" is not the name of a Python package.`, {
    next: ['Names look like this: numpy, scikit-learn, httpx[http2], "polars>=1.30"'],
  })
}

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a template's manifest says of it, as far as tests differ by it. */
export type Template = {
  id: string
  order: number
  /** The file that `lab add` writes a package of nixpkgs into, which tells how the environment is filled. */
  packages: 'flake.nix' | 'requirements.in' | 'pyproject.toml'
  /** What it shares with some others: server.py serves with one of them. */
  parts?: string[]
}

const directory = join(import.meta.dirname, '../../templates')

const all = readdirSync(directory)
  .map((id) => join(directory, id, 'template.json'))
  .filter((file) => existsSync(file))
  .map((file) => JSON.parse(readFileSync(file, 'utf8')) as Template)
  .sort((one, other) => one.order - other.order)

/** The template that this run is about. */
export const template: Template = manifestOf(process.env.TEMPLATE ?? '')

function manifestOf(id: string): Template {
  const found = all.find((each) => each.id === id)
  if (!found) throw new Error(`TEMPLATE=${id}: there are ${all.map((each) => each.id).join(', ')}`)
  return found
}

/** Whether every package comes from Nix, so that there is a virtual environment only for what nixpkgs does not have. */
export const isFilledByNix = template.packages === 'flake.nix'

/** Whether uv makes the virtual environment, out of pyproject.toml. */
export const isFilledByUv = template.packages === 'pyproject.toml'

/** The file that a package from PyPI is written into. */
export const fileForPyPI = isFilledByUv ? 'pyproject.toml' : 'requirements.in'

/**
 * Whether this is the first of the templates that fill their environment in the same way. What depends on nothing else
 * of a template is tried with these.
 */
const first = all.find(({ packages }) => packages === template.packages)?.id
export const isFirstOfItsKind = first === template.id

/** Whether this is the first of the templates whose packages from PyPI the same program installs, pip or uv. */
const firstByInstaller = all.find(({ packages }) => (packages === 'pyproject.toml') === isFilledByUv)?.id
export const isFirstOfItsInstaller = firstByInstaller === template.id

/** Whether this is the first of the templates whose server.py serves in the same way: the same keys, cookies and refusals. */
const firstToServe = all.find(({ parts }) => String(parts) === String(template.parts))?.id
export const isFirstToServe = firstToServe === template.id

/**
 * Whether this template's environment is made as no other one's: the first of its kind, and that of cuda, which has a `.venv`
 * for the driver on top of Nix.
 */
export const isOfItsOwn = isFirstOfItsKind || template.id === 'cuda'

// For the names of tests that this template leaves to others: why.
export const shownByInstaller = isFirstOfItsInstaller ? '' : ` (shown by ${firstByInstaller})`
export const shownElsewhere = isFirstOfItsKind ? '' : ` (shown by ${first})`
export const shownToServe = isFirstToServe ? '' : ` (shown by ${firstToServe})`
export const shownUnlessOwn = isOfItsOwn ? '' : ` (shown by ${first})`
export const forNixAlone = isFilledByNix ? '' : ' (for templates whose packages come from Nix)'

import path from 'node:path'
import { shellQuote } from '../base/shell.js'
import type { Left } from '../bring/brought.js'
import { type From, isInPlace } from '../questions/from.js'
import { adoptedName } from '../questions/packages.js'
import type { Outcome } from './outcome.js'

/** What was brought from elsewhere, and what was not. */
export interface BroughtReport {
  readonly from: string
  readonly packages: readonly string[]
  readonly notebooks: readonly string[]
  readonly left: readonly Left[]
  /** Packages of the project that cells of the notebooks install themselves. */
  readonly installed: readonly string[]
  /** Packages whose modules the notebooks import, and that the project does not name. */
  readonly missing: readonly string[]
  /** Modules that are imported and whose package nobody here knows. */
  readonly unknown: readonly string[]
  /** Modules that the notebooks import, that lie beside them and are not brought: from where to where each is copied. */
  readonly modules: readonly { readonly from: string; readonly to: string }[]
}

/** Says what became of all that was found; undefined where nothing was brought. */
export function broughtReport({ answers, plan }: Outcome): BroughtReport | undefined {
  const { from } = answers
  if (!from) return undefined
  const declared = plan.files.filter(({ path }) => /^(flake\.nix|requirements\.in|pyproject\.toml)$/.test(path))
  const text = declared.map(({ content }) => content.toString().replace(/#.*$/gm, '')).join('\n')
  const words = new Set(
    text
      .toLowerCase()
      .match(/[a-z0-9][a-z0-9._-]*/g)
      ?.map((word) => word.replace(/[._]/g, '-')),
  )
  const imported = from.imports.map((module) => ({ module, name: adoptedName(module) }))
  const has = (name: string) => words.has(name) || ALWAYS.test(name) || words.has(`python-${name}`)
  return {
    from: from.typed,
    packages: from.packages,
    notebooks: plan.files.filter(({ origin }) => origin === 'brought').map(({ path }) => path),
    installed: from.installed.map((name) => adoptedName(name) ?? name).filter(has),
    left: from.left,
    missing: [...new Set(imported.flatMap(({ name }) => (name && !has(name) ? [name] : [])))],
    unknown: imported.flatMap(({ module, name }) =>
      name || has(module.toLowerCase().replaceAll('_', '-')) ? [] : [module],
    ),
    modules: isInPlace(from, answers.target) ? [] : copies(from, answers.target.typed),
  }
}

/** The way of each module to the place that it has beside the notebooks. */
function copies({ typed, modules }: From, project: string): BroughtReport['modules'] {
  const directory = /\.ipynb$/i.test(typed) ? path.dirname(typed) : typed
  return modules.map((module) => ({
    from: path.join(directory, module),
    to: path.join(project, 'notebooks', module.replace(/^notebooks\//, '')),
  }))
}

/** What the kernel itself brings. */
const ALWAYS = /^(ipython|ipykernel|jupyter-client|jupyter-core|traitlets|jupyterlab|nbformat|nbconvert|nbclient)$/

/** The same for people. */
export function broughtLines(outcome: Outcome): string[] {
  const report = broughtReport(outcome)
  if (!report) return []
  const { from, packages, notebooks, installed, left, missing, unknown, modules } = report
  const inPlace = notebooks.length > 0 ? 0 : (outcome.answers.from?.notebooks.length ?? 0)
  const parts = [
    packages.length > 0 ? `${packages.length} ${packages.length === 1 ? 'package' : 'packages'}` : '',
    notebooks.length > 0 ? `${notebooks.length} ${notebooks.length === 1 ? 'notebook' : 'notebooks'}` : '',
    inPlace > 0 ? 'the notebooks, which stay where they are' : '',
  ].filter(Boolean)
  return [
    `  Brought from ${from}: ${parts.join(' and ') || 'nothing'}.`,
    ...(installed.length > 0
      ? [`  Cells of the notebooks install ${installed.join(', ')}: the environment has that now.`]
      : []),
    ...(left.length > 0 ? ['  Not brought as it was:', ...left.map(lineOf)] : []),
    ...(missing.length > 0
      ? ['  The notebooks import more. In the project, type:', `    ./lab add ${missing.join(' ')}`]
      : []),
    ...(unknown.length > 0
      ? [`  They also import ${unknown.join(', ')}. Find out which package each belongs to, then: ./lab add NAME`]
      : []),
    ...(modules.length > 0
      ? ['  The notebooks import modules of yours, which are not brought. To copy them:', ...modules.map(copyLine)]
      : []),
  ]
}

function copyLine({ from, to }: BroughtReport['modules'][number]): string {
  return `    mkdir -p ${shellQuote(path.dirname(to))} && cp -R ${shellQuote(from)} ${shellQuote(to)}`
}

function lineOf({ what, where, why }: Left): string {
  return `    ${what} (${where}): ${why}`
}

// Which source file is in which part of the program. Nobody writes a list of that: it is read from what they import.

/**
 * The parts of the program, by the names of their files, in an order in which each takes from those before it what it shares with them.
 * Each begins with sources that are imported late, and has them with all that they import and no part before has; what the first
 * source needs is run when the part is read, all else when it is wanted. Other parts may take from it where it is shared.
 *
 * @typedef {ReadonlyMap<string, { readonly sources: readonly string[], readonly isShared?: true }>} Parts
 */

/** By source file what it imports, as esbuild writes it. @typedef {import('esbuild').Metafile['inputs']} Graph */

/** By source file the part that has it. @typedef {Map<string, string>} Owners */

/**
 * Finds the part of each source file.
 *
 * @param {Graph} graph @param {Parts} parts
 * @returns {Owners}
 * @throws {Error} where something is imported late and no part begins with it
 */
export function ownersOf(graph, parts) {
  /** @type {Owners} */
  const owners = new Map()
  for (const [part, { sources }] of parts)
    for (const source of sources)
      for (const file of readWith(source, graph)) if (!owners.has(file)) owners.set(file, part)
  const lost = [...lateIn(graph)].find((file) => !owners.has(file))
  if (lost) throw new Error(`${lost} is imported late: it has to stand in a part in build/modules.mjs.`)
  return owners
}

/** What is imported late, somewhere. @param {Graph} graph */
function lateIn(graph) {
  const late = Object.values(graph).flatMap(({ imports }) => imports.filter(({ kind }) => kind === 'dynamic-import'))
  return new Set(late.flatMap(({ path }) => (path in graph ? [path] : [])))
}

/** A source with all that is read when it is. @param {string} source @param {Graph} graph */
function readWith(source, graph) {
  const files = new Set([source])
  for (const file of files)
    for (const { kind, path } of graph[file]?.imports ?? [])
      if (kind === 'import-statement' && path in graph) files.add(path)
  return files
}

/**
 * The source of a part: what it gives to others, by source file, as functions. So nothing is made of what nobody takes.
 *
 * @param {string} part @param {Parts} parts @param {Owners} owners @param {Graph} graph
 * @param {ReadonlyMap<string, ReadonlySet<string>>} taken by source file the names that others import of it, but for what they import late
 */
export function sourceOf(part, parts, owners, graph, taken) {
  const [first = ''] = parts.get(part)?.sources ?? []
  const isOwn = (/** @type {string} */ file) => file !== first && owners.get(file) === part
  const late = [...lateIn(graph)].filter(isOwn)
  const named = [...taken].filter(([file]) => isOwn(file) && !late.includes(file))
  const imports = [`import * as first from ${pathOf(first)}`]
  const gives = [`${keyOf(first)}: () => first`, ...late.map(asModule)]
  const atOnce = readWith(first, graph)
  for (const [file, names] of named) {
    if (atOnce.has(file)) {
      const own = (/** @type {string} */ name) => `${file}$${name}`.replace(/\W/g, '_')
      imports.push(`import { ${[...names].map((name) => `${name} as ${own(name)}`)} } from ${pathOf(file)}`)
      gives.push(`${keyOf(file)}: () => ({ ${[...names].map((name) => `${name}: ${own(name)}`)} })`)
    } else gives.push(asModule(file))
  }
  return `${imports.join('\n')}\nexport const files = { ${gives.join(', ')} }`
}

/** @param {string} file */
function asModule(file) {
  return `${keyOf(file)}: () => require(${pathOf(file)})`
}

/** The module that stands in a part for a source file of another one. @param {string} file @param {string} part */
export function moduleFor(file, part) {
  return `module.exports = require('./${part}').files[${keyOf(file)}]()`
}

/** @param {string} file */
function pathOf(file) {
  return JSON.stringify(`./${file}`)
}

/** @param {string} file */
function keyOf(file) {
  return JSON.stringify(file.replace(/^src\/|\.ts$/g, ''))
}

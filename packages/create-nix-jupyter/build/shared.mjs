import { build } from 'esbuild'

// What late parts take from the program. Nobody writes a list of it: it is read from what they import.

/**
 * What is shared: for each source file the names that late parts import, and whether the program itself loads that file late,
 * which has to stay so.
 *
 * @typedef {Map<string, { names: Set<string>, isLazy: boolean }>} Shared
 */

const PREFIX = 'shared:'

/**
 * Finds what late parts import of the source files of the program.
 *
 * @param {import('esbuild').BuildOptions} parts how they are built, all at once
 * @param {import('esbuild').Metafile} program
 * @returns {Promise<Shared>}
 */
export async function findShared(parts, program) {
  const eager = eagerSources(program)
  /** @type {Shared} */
  const shared = new Map()
  const { outputFiles, metafile } = await build({
    ...parts,
    format: 'esm',
    minify: false,
    write: false,
    metafile: true,
  })
  refuseLate(metafile)
  for (const { text } of outputFiles) {
    for (const [file, names] of importsIn(text)) {
      const found = shared.get(file) ?? { names: new Set(), isLazy: !eager.has(file) }
      for (const name of names) found.names.add(name)
      shared.set(file, found)
    }
  }
  return shared
}

/**
 * The imports that the bundler has written, and writes in one way only.
 *
 * @param {string} text
 * @returns {[file: string, names: string[]][]}
 */
function importsIn(text) {
  const written = text.matchAll(/^import(?: \{([^}]*)\} from)? "shared:([^"]+)";$/gm)
  return [...written].map(([, names = '', file = '']) => [file, namesIn(names)])
}

/** What a late part needs of the program is there already: only a plain import says which names it takes. @param {import('esbuild').Metafile} part */
function refuseLate({ outputs }) {
  const imports = Object.values(outputs).flatMap((output) => output.imports)
  const late = imports.find(({ path, kind }) => path.startsWith(PREFIX) && kind !== 'import-statement')
  if (late) throw new Error(`A late part has to import ${late.path.slice(PREFIX.length)} in a plain import.`)
}

/** Of `name as own, other` the names that the file itself has. @param {string} list */
function namesIn(list) {
  return list.split(',').flatMap((part) => part.trim().split(' ')[0] || [])
}

/** The files that are read when the program starts. @param {import('esbuild').Metafile} program */
function eagerSources({ inputs, outputs }) {
  const [entry = ''] = Object.values(outputs).flatMap(({ entryPoint }) => entryPoint ?? [])
  const eager = new Set([entry])
  for (const file of eager)
    for (const { path, kind } of inputs[file]?.imports ?? []) if (kind === 'import-statement') eager.add(path)
  return eager
}

/** What the program exports for its late parts. @param {Shared} shared @returns {string} */
export function exportsFor(shared) {
  const lines = [...shared].map(([file, { names, isLazy }]) =>
    isLazy
      ? `export const ${nameOf(file)} = () => require('./${file}')`
      : `export { ${[...names].map((name) => `${name} as ${nameOf(file)}$${name}`).join(', ')} } from './${file}'`,
  )
  return lines.join('\n')
}

/**
 * The module that stands in a late part for a source file of the program.
 *
 * @param {string} file @param {string} program the path to the built program @param {Shared} shared
 * @returns {string}
 */
export function moduleFor(file, program, shared) {
  const { names = new Set(), isLazy } = shared.get(file) ?? {}
  const from = `require(${JSON.stringify(program)})`
  if (isLazy) return `module.exports = ${from}.${nameOf(file)}()`
  return [...names].map((name) => `exports.${name} = ${from}.${nameOf(file)}$${name}`).join('\n')
}

/** While it is being found what is shared. @param {string} file */
export function asShared(file) {
  return { path: `${PREFIX}${file}`, external: true }
}

/** @param {string} file */
function nameOf(file) {
  return file.replace(/^src\/|\.ts$/g, '').replace(/\W/g, '_')
}

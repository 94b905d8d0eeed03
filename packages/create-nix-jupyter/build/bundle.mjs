import path from 'node:path'
import { build } from 'esbuild'
import { degitFile, degitSource } from './degit.mjs'
import { moduleFor, ownersOf, sourceOf } from './parts.mjs'
import { yamlSource } from './yaml.mjs'

// CommonJS, because Node starts it about 5 ms sooner than modules. What V8 has not read costs nothing, so each part is a file of its
// own, loaded when it is wanted: 30 kB are a millisecond. What a part shares with those before it, it takes from there: there is one
// class of a name, and one state.

const PROGRAM = 'src/program.ts'

/**
 * Bundles the parts of the program; returns the source files that went in.
 *
 * @param {{ here: string, dist: string, version: string, homepage: string, modules: Map<string, string>, parts: import('./parts.mjs').Parts }} options
 *   modules: the sources of built modules, by name
 * @returns {Promise<string[]>}
 */
export async function bundle({ here, dist, version, homepage, modules, parts }) {
  const options = /** @satisfies {import('esbuild').BuildOptions} */ ({
    absWorkingDir: here,
    bundle: true,
    platform: 'node',
    target: 'node20.12',
    legalComments: 'none',
    logLevel: 'warning',
    supported: { 'dynamic-import': false },
    define: {
      PROGRAM_VERSION: JSON.stringify(version),
      PROGRAM_HOMEPAGE: JSON.stringify(homepage),
    },
  })
  const built = builtModules(modules)
  const whole = await build({ ...options, entryPoints: [PROGRAM], plugins: [built], write: false, metafile: true })
  const graph = whole.metafile.inputs
  const owners = ownersOf(graph, parts)
  /** By source file the names that other parts take of it. @type {Map<string, Set<string>>} */
  const taken = new Map()
  /** @type {string[]} */
  const inputs = []
  // The last one first: then it is known of each what those behind it take.
  for (const [part, { sources }] of [...parts].reverse()) {
    const source = sourceOf(part, parts, owners, graph, taken)
    const contents = sources[0] === PROGRAM ? `export * from './${PROGRAM}'\n${source}` : source
    const stdin = { contents, resolveDir: here, loader: /** @type {const} */ ('js') }
    const isElsewhere = (/** @type {string} */ file) => owners.has(file) && owners.get(file) !== part
    const plain = { ...options, stdin, format: /** @type {const} */ ('esm'), write: false }
    const { outputFiles } = await build({ ...plain, plugins: [built, otherParts(here, isElsewhere)] })
    for (const [file, names] of importsIn(outputFiles?.[0]?.text ?? '')) {
      refuseBorrowing(part, file, owners, parts)
      taken.set(file, new Set([...(taken.get(file) ?? []), ...names]))
    }
    const { metafile } = await build({
      ...options,
      stdin,
      outfile: path.join(dist, part),
      format: 'cjs',
      minify: true,
      // With a letter beyond it in the file, V8 keeps all of it in two bytes a letter.
      charset: 'ascii',
      metafile: true,
      plugins: [built, otherParts(here, isElsewhere, owners)],
    })
    const used = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs))
    refuseTwice(part, used, inputs)
    inputs.push(...used)
  }
  return inputs
}

/**
 * Resolves what the build makes.
 *
 * @param {Map<string, string>} modules
 * @returns {import('esbuild').Plugin}
 */
export function builtModules(modules) {
  return {
    name: 'built-modules',
    setup(bundler) {
      // By its own path, so that the build knows whose licence to carry.
      bundler.onResolve({ filter: /^built:degit$/ }, () => ({ path: degitFile }))
      bundler.onLoad({ filter: /[\\/]degit[\\/]dist[\\/]/ }, () => ({ contents: degitSource(), loader: 'js' }))
      bundler.onLoad({ filter: /[\\/]js-yaml\.mjs$/ }, ({ path: file }) => ({
        contents: yamlSource(file),
        loader: 'js',
      }))
      bundler.onResolve({ filter: /^built:/ }, (args) => ({ path: args.path, namespace: 'built' }))
      bundler.onLoad({ filter: /.*/, namespace: 'built' }, (args) => {
        const contents = modules.get(args.path)
        return contents === undefined
          ? { errors: [{ text: `There is no module ${args.path}.` }] }
          : { contents, loader: 'js' }
      })
    },
  }
}

const OTHER = 'other'

/**
 * Takes what other parts have from them; without owners it is left out, to see what is imported.
 *
 * @param {string} here @param {(file: string) => boolean} isElsewhere @param {import('./parts.mjs').Owners} [owners]
 * @returns {import('esbuild').Plugin}
 */
function otherParts(here, isElsewhere, owners) {
  return {
    name: 'other-parts',
    setup(bundler) {
      bundler.onResolve({ filter: /^\.{1,2}\/.*\.js$/ }, ({ resolveDir, path: imported }) => {
        const file = path.relative(here, path.join(resolveDir, imported)).replace(/\.js$/, '.ts')
        if (!isElsewhere(file)) return undefined
        return owners ? { path: file, namespace: OTHER } : { path: `${OTHER}:${file}`, external: true }
      })
      bundler.onResolve({ filter: /.*/, namespace: OTHER }, ({ path: external }) => ({
        path: external,
        external: true,
      }))
      bundler.onLoad({ filter: /.*/, namespace: OTHER }, ({ path: file }) => ({
        contents: moduleFor(file, owners?.get(file) ?? ''),
        loader: 'js',
      }))
    },
  }
}

/**
 * The imports that the bundler has written of files of other parts, and writes in one way only.
 *
 * @param {string} text
 * @returns {[file: string, names: string[]][]}
 */
function importsIn(text) {
  const written = text.matchAll(/^import(?: \{([^}]*)\} from)? "other:([^"]+)";$/gm)
  return [...written].map(([, names = '', file = '']) => [file, namesIn(names)])
}

/** Of `name as own, other` the names that the file itself has. @param {string} list */
function namesIn(list) {
  return list.split(',').flatMap((part) => part.trim().split(' ')[0] || [])
}

/**
 * Who takes something from a part has all of it read.
 *
 * @param {string} part @param {string} file @param {import('./parts.mjs').Owners} owners @param {import('./parts.mjs').Parts} parts
 */
function refuseBorrowing(part, file, owners, parts) {
  const owner = owners.get(file) ?? ''
  if (!parts.get(owner)?.isShared)
    throw new Error(`${part} needs ${file}, which is in ${owner}: that would be read, too.`)
}

/** What is in two parts would be there twice: two classes of one name, two states. */
function refuseTwice(/** @type {string} */ part, /** @type {string[]} */ used, /** @type {string[]} */ before) {
  const twice = used.filter((file) => !/^(<stdin>|other:)/.test(file) && before.includes(file))
  if (twice.length > 0) throw new Error(`${part} brings along what another part has: ${twice.join(', ')}.`)
}

import path from 'node:path'
import { build } from 'esbuild'
import { degitFile, degitSource } from './degit.mjs'

// CommonJS, because Node starts it about 5 ms sooner than modules. Everything is in one file but what few runs need, which is a
// file of its own, loaded when it is wanted.

/**
 * Bundles the program and its late parts; returns the source files that went in.
 *
 * @param {{ here: string, dist: string, version: string, homepage: string, modules: Map<string, string>, late: Map<string, string> }} options
 *   modules: the sources of built modules, by name; late: which imports become files of their own
 * @returns {Promise<string[]>}
 */
export async function bundle({ here, dist, version, homepage, modules, late }) {
  const entries = new Map([['src/program.ts', 'program.cjs'], ...late])
  /** @type {string[]} */
  const inputs = []
  for (const [entry, file] of entries) {
    const { metafile } = await build({
      absWorkingDir: here,
      entryPoints: [entry],
      outfile: path.join(dist, file),
      bundle: true,
      format: 'cjs',
      platform: 'node',
      target: 'node20.12',
      minify: true,
      // With a letter beyond it in the file, V8 keeps all of it in two bytes a letter.
      charset: 'ascii',
      legalComments: 'none',
      metafile: true,
      logLevel: 'warning',
      supported: { 'dynamic-import': false },
      define: {
        PROGRAM_VERSION: JSON.stringify(version),
        PROGRAM_HOMEPAGE: JSON.stringify(homepage),
      },
      plugins: [builtModules(here, entry, modules, late)],
    })
    const used = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs))
    refuseTwice(entry, used, inputs)
    inputs.push(...used)
  }
  return inputs
}

/** @param {string} here @param {string} entry @param {Map<string, string>} modules @param {Map<string, string>} late @returns {import('esbuild').Plugin} */
export function builtModules(here, entry, modules, late) {
  return {
    name: 'built-modules',
    setup(bundler) {
      // By its own path, so that the build knows whose licence to carry.
      bundler.onResolve({ filter: /^built:degit$/ }, () => ({ path: degitFile }))
      bundler.onLoad({ filter: /[\\/]degit[\\/]dist[\\/]/ }, () => ({ contents: degitSource(), loader: 'js' }))
      bundler.onResolve({ filter: /^built:|^\.{1,2}\/[a-z/-]+\.js$/ }, (args) => {
        const source = args.path.startsWith('built:')
          ? args.path
          : path.relative(here, path.join(args.resolveDir, args.path)).replace(/\.js$/, '.ts')
        const file = late.get(source)
        if (file && source !== entry) return { path: relativeTo(late.get(entry), file), external: true }
        return args.path.startsWith('built:') ? { path: args.path, namespace: 'built' } : undefined
      })
      bundler.onLoad({ filter: /.*/, namespace: 'built' }, (args) => {
        const contents = modules.get(args.path)
        return contents === undefined
          ? { errors: [{ text: `There is no module ${args.path}.` }] }
          : { contents, loader: 'js' }
      })
    },
  }
}

/** @param {string | undefined} from @param {string} to */
function relativeTo(from, to) {
  const relative = path.posix.relative(path.posix.dirname(from ?? 'program.cjs'), to)
  return relative.startsWith('.') ? relative : `./${relative}`
}

/** What is in a late part and in the program would be there twice: two classes of one name, two states. */
function refuseTwice(/** @type {string} */ entry, /** @type {string[]} */ used, /** @type {string[]} */ before) {
  const shared = used.filter((file) => file.startsWith('src/') && before.includes(file))
  if (shared.length > 0) throw new Error(`${entry} may import types only, but it brings ${shared.join(', ')} along.`)
}

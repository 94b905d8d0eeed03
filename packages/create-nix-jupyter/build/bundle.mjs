import path from 'node:path'
import { build } from 'esbuild'
import { degitFile, degitSource } from './degit.mjs'
import { asShared, exportsFor, findShared, moduleFor } from './shared.mjs'

// CommonJS, because Node starts it about 5 ms sooner than modules. Everything is in one file but what few runs need, which is a
// file of its own, loaded when it is wanted. What such a late part shares with the program it takes from there: there is one class
// of a name, and one state.

const PROGRAM = 'src/program.ts'
const PROGRAM_FILE = 'program.cjs'

/**
 * Bundles the program and its late parts; returns the source files that went in.
 *
 * @param {{ here: string, dist: string, version: string, homepage: string, modules: Map<string, string>, late: Map<string, string> }} options
 *   modules: the sources of built modules, by name; late: which imports become files of their own
 * @returns {Promise<string[]>}
 */
export async function bundle({ here, dist, version, homepage, modules, late }) {
  /** @param {string} entry @param {(file: string) => import('esbuild').OnResolveResult | undefined} [share] */
  const optionsFor = (entry, share) =>
    /** @satisfies {import('esbuild').BuildOptions} */ ({
      absWorkingDir: here,
      entryPoints: [entry],
      outfile: path.join(dist, late.get(entry) ?? PROGRAM_FILE),
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
      plugins: [builtModules(here, entry, modules, late, share)],
    })
  const { metafile } = await build({ ...optionsFor(PROGRAM), write: false, metafile: true })
  const own = new Set(Object.keys(metafile.inputs))
  const parts = [...late.keys()]
  const { outfile: _, ...together } = optionsFor(PROGRAM, (file) => (own.has(file) ? asShared(file) : undefined))
  const shared = await findShared({ ...together, entryPoints: parts, outdir: dist }, metafile)
  const { entryPoints: __, plugins, ...rest } = optionsFor(PROGRAM)
  const contents = [`export * from './${PROGRAM}'`, exportsFor(shared)].join('\n')
  const inputs = await sourcesOf({ ...rest, plugins, stdin: { contents, resolveDir: here, loader: 'js' } })
  for (const entry of parts) {
    const taken = sharedModules(shared, relativeTo(late.get(entry), PROGRAM_FILE))
    const options = optionsFor(entry, (file) => (own.has(file) ? { path: file, namespace: 'shared' } : undefined))
    const used = await sourcesOf({ ...options, plugins: [...options.plugins, taken] })
    refuseTwice(entry, used, inputs)
    inputs.push(...used)
  }
  return inputs
}

/** Builds, and gives the source files that went in. @param {import('esbuild').BuildOptions} options */
async function sourcesOf(options) {
  const { metafile } = await build({ ...options, metafile: true })
  return Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs))
}

/** @param {import('./shared.mjs').Shared} shared @param {string} program @returns {import('esbuild').Plugin} */
function sharedModules(shared, program) {
  return {
    name: 'shared-modules',
    setup(bundler) {
      bundler.onResolve({ filter: /.*/, namespace: 'shared' }, ({ path: external }) => ({
        path: external,
        external: true,
      }))
      bundler.onLoad({ filter: /.*/, namespace: 'shared' }, ({ path: file }) => ({
        contents: moduleFor(file, program, shared),
        loader: 'js',
      }))
    },
  }
}

/**
 * Resolves what the build makes, late parts, and what a late part shares with the program.
 *
 * @param {string} here @param {string} entry @param {Map<string, string>} modules @param {Map<string, string>} late
 * @param {(file: string) => import('esbuild').OnResolveResult | undefined} [share] where a source file comes from that is shared
 * @returns {import('esbuild').Plugin}
 */
export function builtModules(here, entry, modules, late, share) {
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
        if (args.path.startsWith('built:')) return { path: args.path, namespace: 'built' }
        return share?.(source)
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
  const relative = path.posix.relative(path.posix.dirname(from ?? PROGRAM_FILE), to)
  return relative.startsWith('.') ? relative : `./${relative}`
}

/** What is in two late parts would be there twice: two classes of one name, two states. */
function refuseTwice(/** @type {string} */ entry, /** @type {string[]} */ used, /** @type {string[]} */ before) {
  const twice = used.filter((file) => file.startsWith('src/') && before.includes(file))
  if (twice.length > 0) throw new Error(`${entry} brings along what another part has: ${twice.join(', ')}.`)
}

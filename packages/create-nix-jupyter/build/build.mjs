import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { licensesOf } from './licenses.mjs'
import { readManifests } from './manifests.mjs'
import { knownPackages } from './nixpkgs.mjs'
import { moduleOf } from './templates.mjs'

const HERE = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const REPOSITORY = path.resolve(HERE, '../..')

const { values } = parseArgs({
  options: {
    templates: { type: 'string', default: path.join(REPOSITORY, 'templates') },
    attributes: { type: 'string', default: path.join(REPOSITORY, 'tests/nixpkgs/attributes.json') },
    out: { type: 'string', default: HERE },
  },
})
const templates = path.resolve(values.templates)
const out = path.resolve(values.out)

try {
  await buildProgram()
} catch (error) {
  console.error(/** @type {Error} */ (error).message)
  process.exitCode = 1
}

async function buildProgram() {
  const { version } = JSON.parse(readFileSync(path.join(HERE, 'package.json'), 'utf8'))
  rmSync(path.join(out, 'dist'), { recursive: true, force: true })
  const { metafile } = await build({
    absWorkingDir: HERE,
    entryPoints: ['src/cli.ts', 'src/index.ts'],
    outdir: path.join(out, 'dist'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.12',
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    chunkNames: '[name]-[hash]',
    metafile: true,
    logLevel: 'warning',
    define: { PROGRAM_VERSION: JSON.stringify(version) },
    plugins: [builtModules()],
  })
  writeFileSync(path.join(out, 'dist/THIRD-PARTY-LICENSES'), licensesOf(usedInputs(metafile)))
  const tsc = path.join(REPOSITORY, 'node_modules/.bin/tsc')
  execFileSync(tsc, ['-p', path.join(HERE, 'build/types.json'), '--outDir', path.join(out, 'dist/types')], {
    stdio: 'inherit',
  })
  // The public types stand in one file that imports nothing; the rest describes the inside.
  writeFileSync(path.join(out, 'dist/index.d.ts'), readFileSync(path.join(out, 'dist/types/index.d.ts')))
  rmSync(path.join(out, 'dist/types'), { recursive: true })
}

/** @param {import('esbuild').Metafile} metafile */
function usedInputs(metafile) {
  const used = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs))
  return used.filter((file) => file.includes('node_modules')).map((file) => path.resolve(HERE, file))
}

/** The modules that src/virtual.d.ts declares. @returns {import('esbuild').Plugin} */
function builtModules() {
  const manifests = readManifests(templates)
  const known = knownPackages(values.attributes).join(' ')
  const loaders = manifests.map(({ id }) => `'${id}': () => import('built:template/${id}')`)
  /** @type {Record<string, string>} */
  const modules = {
    'built:manifests': `export const manifests = ${JSON.stringify(manifests)}`,
    'built:nixpkgs': `export const pythonPackages = ${JSON.stringify(known)}.split(' ')`,
    'built:files': `export const shared = () => import('built:shared')
      export const templates = { ${loaders.join(', ')} }`,
    'built:shared': moduleOf(path.join(templates, 'shared')),
  }
  for (const { id } of manifests) modules[`built:template/${id}`] = moduleOf(path.join(templates, id))
  return {
    name: 'built-modules',
    setup(bundler) {
      bundler.onResolve({ filter: /^built:/ }, (args) => ({ path: args.path, namespace: 'built' }))
      bundler.onLoad({ filter: /.*/, namespace: 'built' }, (args) => ({
        contents: modules[args.path] ?? '',
        loader: 'js',
      }))
    },
  }
}

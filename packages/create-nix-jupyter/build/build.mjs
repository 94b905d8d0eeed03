import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bundle } from './bundle.mjs'
import { checkExecutables } from './executables.mjs'
import { licensesOf } from './licenses.mjs'
import { modulesOf, PARTS } from './modules.mjs'
import { storeDirectories } from './store.mjs'

const HERE = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const REPOSITORY = path.resolve(HERE, '../..')

const { values } = parseArgs({
  options: {
    templates: { type: 'string', default: path.join(REPOSITORY, 'templates') },
    features: { type: 'string', default: path.join(REPOSITORY, 'features') },
    attributes: { type: 'string', default: path.join(REPOSITORY, 'nixpkgs/attributes.json') },
    out: { type: 'string', default: HERE },
    // As which version it is built, where that is not the one of package.json.
    version: { type: 'string' },
    // For a program that is run a few times and thrown away: larger texts, no types. It takes a fifth of the time.
    quick: { type: 'boolean', default: false },
  },
})

try {
  await buildProgram(path.join(path.resolve(values.out), 'dist'))
} catch (error) {
  console.error(/** @type {Error} */ (error).message)
  process.exitCode = 1
}

/** @param {string} dist */
async function buildProgram(dist) {
  const { version: own, homepage } = JSON.parse(readFileSync(path.join(HERE, 'package.json'), 'utf8'))
  const version = values.version ?? own
  // A link to nowhere is shown to nobody (scripts/addresses.mjs).
  const known = homepage.includes('/OWNER/') ? '' : homepage
  checkExecutables(path.resolve(values.templates))
  rmSync(dist, { recursive: true, force: true })
  const templates = path.resolve(values.templates)
  const featuresRoot = path.resolve(values.features)
  const { modules, ids, directories, features } = modulesOf({
    templates,
    features: featuresRoot,
    attributes: values.attributes,
  })
  const inputs = await bundle({ here: HERE, dist, version, homepage: known, modules, parts: PARTS })
  for (const [texts, group] of directories) {
    const sources = group.map((name) => ({ source: path.join(templates, name), name: `templates/${name}` }))
    await storeDirectories(sources, { name: `templates/${texts}`, dist, quick: values.quick })
  }
  const stored = features.map(({ manifest, additions }) => {
    return { source: path.join(featuresRoot, manifest.id, 'files'), name: `features/${manifest.id}`, additions }
  })
  await storeDirectories(stored, { name: 'features/texts', dist, quick: values.quick })
  const foreign = inputs.filter((file) => file.includes('node_modules')).map((file) => path.resolve(HERE, file))
  writeFileSync(path.join(dist, 'THIRD-PARTY-LICENSES'), licensesOf(foreign))
  const names = '{ create, isCreateError }'
  writeFileSync(path.join(dist, 'index.js'), `import program from './program.cjs'\nexport const ${names} = program\n`)
  writeFileSync(path.join(dist, 'index.cjs'), `const ${names} = require('./program.cjs')\nmodule.exports = ${names}\n`)
  if (values.quick) return
  writeFileSync(path.join(dist, 'index.d.cts'), publicTypes(ids))
  writeFileSync(path.join(dist, 'index.d.ts'), "export * from './index.cjs'\n")
}

/**
 * The public types: src/index.ts imports nothing that its declarations need, so one file says it all. The templates' names
 * are filled in.
 *
 * @param {readonly string[]} ids
 */
function publicTypes(ids) {
  const directory = mkdtempSync(path.join(tmpdir(), 'create-nix-jupyter-types-'))
  try {
    const tsc = path.join(REPOSITORY, 'node_modules/.bin/tsc')
    execFileSync(tsc, ['-p', path.join(HERE, 'build/types.json'), '--outDir', directory], { stdio: 'inherit' })
    const names = ids.map((id) => `'${id}'`).join(' | ')
    const types = readFileSync(path.join(directory, 'index.d.ts'), 'utf8').replace("'TEMPLATE_IDS'", names)
    // Tabs take less of the package than the four blanks of the compiler.
    return types.replaceAll('    ', '\t')
  } finally {
    rmSync(directory, { recursive: true })
  }
}

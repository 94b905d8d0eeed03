import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { builtModules } from './bundle.mjs'
import { modulesOf } from './modules.mjs'

// Writes docs/reference.md from the option table; with --print it goes to standard output.

const HERE = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const REPOSITORY = path.resolve(HERE, '../..')

const { modules } = modulesOf({
  templates: path.join(REPOSITORY, 'templates'),
  features: path.join(REPOSITORY, 'features'),
  attributes: path.join(REPOSITORY, 'nixpkgs/attributes.json'),
})
const { outputFiles } = await build({
  absWorkingDir: HERE,
  entryPoints: ['src/commands/reference.ts'],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  define: { PROGRAM_VERSION: '""' },
  plugins: [builtModules(modules)],
})
const code = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64')
const { referenceText } = await import(`data:text/javascript;base64,${code}`)
if (process.argv.includes('--print')) process.stdout.write(referenceText())
else writeFileSync(path.join(REPOSITORY, 'docs/reference.md'), referenceText())

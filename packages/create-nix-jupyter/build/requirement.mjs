import path from 'node:path'
import { build } from 'esbuild'

// What a package with a limit looks like, the program knows: the build asks it, and has no grammar of its own.

const { outputFiles } = await build({
  entryPoints: [path.join(import.meta.dirname, '../src/bring/requirement.ts')],
  bundle: true,
  format: 'esm',
  write: false,
})
const text = outputFiles.map((file) => file.text).join('')

/** @type {typeof import('../src/bring/requirement.js')} */
const program = await import(`data:text/javascript,${encodeURIComponent(text)}`)

export const { parseRequirement } = program

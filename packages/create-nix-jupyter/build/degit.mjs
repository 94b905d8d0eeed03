import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

// Of degit the program needs how it reads a source: the hosts that it knows, and what they write for a directory and a
// ref. Its published file is one module with tar, a proxy agent and a logger in it, so that part is cut out,
// unchanged.

const require = createRequire(import.meta.url)
const DIST = path.dirname(require.resolve('degit'))

/** The file of degit's that holds its reading of sources. */
export const degitFile = path.join(DIST, readdirSync(DIST).find((name) => /^src-\w+\.js$/.test(name)) ?? '')

/**
 * The part of degit that reads a source, as a module with the exports `parse` and `projects` of src/virtual.d.ts.
 *
 * @returns {string}
 * @throws {Error} where degit is no longer written as it was when this was
 */
export function degitSource() {
  const all = readFileSync(degitFile, 'utf8')
  const [part = ''] = theOnly(
    all,
    /const \w+=new Map\(\[\[`github`,`github\.com`\].*?(?=const \w+=\w+\.join\(\w+,`aliases\.json`\))/gs,
  )
  const [, parse = ''] = theOnly(part, /function (\w+)\(e\)\{let t=decodeURIComponent\(e\)/g)
  const [, projects = ''] = theOnly(part, /function (\w+)\(e,t\)\{if\(t\.site!==`gitlab`\)return\[t\]/g)
  const [, failure = ''] = theOnly(part, /throw new (\w+)\(`degit supports GitHub/g)
  const ownError = `class ${failure} extends Error { constructor(message, details) { super(message); Object.assign(this, details) } }`
  return `${ownError}\n${part}\nexport { ${parse} as parse, ${projects} as projects }`
}

/** @param {string} text @param {RegExp} pattern @returns {string[]} */
function theOnly(text, pattern) {
  const [found, ...more] = text.matchAll(pattern)
  if (!found || more.length > 0)
    throw new Error(`degit is written in another way than build/degit.mjs knows: ${pattern}`)
  return found
}

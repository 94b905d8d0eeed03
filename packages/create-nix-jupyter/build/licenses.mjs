import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** Where a licence goes on after its notice of copyright. */
const GRANT = 'Permission is hereby granted'

/**
 * The licences of everything that the bundle holds, as those licences demand: every notice of copyright, and each text once.
 *
 * @param {readonly string[]} inputs the source files that esbuild put into the bundle
 * @throws {Error} for a package without a licence file
 */
export function licensesOf(inputs) {
  const packages = new Set(inputs.flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []))
  /** @type {Map<string, { notices: string[], grant: string }>} by the words of the text, however its lines are broken */
  const licenses = new Map()
  for (const { title, text } of [...packages].sort().map(licenseOf)) {
    const at = Math.max(0, text.indexOf(GRANT))
    const [notice, grant] = [text.slice(0, at).trim(), text.slice(at)]
    const words = grant.replace(/\s+/g, ' ')
    const license = licenses.get(words) ?? { notices: [], grant }
    license.notices.push(`${title}\n\n${notice}`.trim())
    licenses.set(words, license)
  }
  return [...licenses.values()]
    .map(({ notices, grant }) => `${[...notices, grant].join('\n\n')}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`)
}

/** @param {string} directory */
function licenseOf(directory) {
  const { name, version, license } = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'))
  const file = existsSync(directory) && readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry))
  if (!file) throw new Error(`${name} has no licence file; its licence is ${license}.`)
  const text = readFileSync(path.join(directory, file), 'utf8').trim()
  return { title: `${name} ${version} (${license})`, text }
}

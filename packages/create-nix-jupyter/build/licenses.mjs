import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** What packages hold of others, which their own licence files do not say; the first line names the version that was read. */
const NOTICES = new Map([['degit', new URL('degit-notices.txt', import.meta.url)]])

/**
 * The licences of everything that the bundle holds, as those licences demand.
 *
 * @param {readonly string[]} inputs the source files that esbuild put into the bundle
 */
export function licensesOf(inputs) {
  const packages = new Set(inputs.flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []))
  return [...packages]
    .sort()
    .map(licenseOf)
    .join(`\n${'-'.repeat(80)}\n\n`)
}

/** @param {string} folder */
function licenseOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
  const file = existsSync(folder) && readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  if (!file) throw new Error(`${name} has no licence file; its licence is ${license}.`)
  const text = readFileSync(path.join(folder, file), 'utf8').trim()
  return `${name} ${version} (${license})\n\n${text}\n${noticesOf(name, version)}`
}

/** @param {string} name @param {string} version */
function noticesOf(name, version) {
  const file = NOTICES.get(name)
  if (!file) return ''
  const notices = readFileSync(file, 'utf8')
  if (!notices.startsWith(`${name} ${version} `)) {
    throw new Error(
      `${path.basename(file.pathname)} is about another version than ${name} ${version}: read again what it holds.`,
    )
  }
  return `\n${notices}`
}

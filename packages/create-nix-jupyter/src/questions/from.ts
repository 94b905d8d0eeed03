import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { Failure } from '../base/errors.js'
import type { Host } from '../base/host.js'
import { keyOf } from '../base/names.js'
import type { Brought, Left } from '../bring/brought.js'
import { LIST_NAMES } from '../bring/list-names.js'
import type { Template } from '../templates/manifests.js'
import { adaptPackage } from './packages.js'
import type { Ask } from './question.js'
import { expandHome, type Target } from './target.js'

/** What was found, with the words in which the user named it. */
export interface From extends Brought {
  readonly typed: string
  /** The file or directory, absolute. */
  readonly at: string
}

/**
 * Reads what the user brings. The reader is loaded only now: few runs bring something.
 *
 * @param pythons the versions of Python that are offered
 * @throws {Failure} where it cannot be read
 */
export async function readFrom(typed: string, pythons: readonly string[], host: Host): Promise<From> {
  const at = path.resolve(host.cwd, expandHome(typed, host))
  const { bring } = await import('../bring/bring.js')
  const found = bring(at, typed, pythons)
  if ('problem' in found) throw new Failure('usage', found.problem, { next: [found.next] })
  return { ...found, typed, at }
}

/** Asks whether what lies in the directory is brought into the project; false where there is nothing, or nobody to ask. */
export async function askToBring({ root, exists, typed }: Target, ask: Ask | undefined): Promise<boolean> {
  if (!ask || !exists) return false
  const names = readdirSync(root)
  const lists = names.filter((name) => LIST_NAMES.includes(name))
  const notebooks = names.filter((name) => /\.ipynb$/.test(name)).length
  if (lists.length + notebooks === 0) return false
  const counted = notebooks === 0 ? [] : [notebooks === 1 ? '1 notebook' : `${notebooks} notebooks`]
  const what = lists.length === 0 ? 'Look for what they install and import' : 'Bring these packages into the project'
  return (
    (await ask({
      kind: 'boolean',
      message: `${typed} has ${[...lists, ...counted].join(', ')}. ${what}?`,
      initial: true,
    })) === true
  )
}

/** What is brought into a project of one template. */
export interface Settled {
  readonly packages: readonly string[]
  readonly left: readonly Left[]
}

/** Settles which of the packages that were found this template can have, and under which name. */
export function settleFrom({ packages, left, typed, python }: From, template: Template, version: string): Settled {
  const adapted = packages.map((text) => ({ text, result: adaptPackage(text, template) }))
  const refused = adapted.flatMap(({ text, result }) =>
    'why' in result ? [{ what: text, where: typed, why: result.why }] : [],
  )
  const renamed = adapted.flatMap(({ text, result }) =>
    'text' in result && result.text !== text
      ? [{ what: text, where: typed, why: `that is the name of a module; brought as ${keyOf(result.text)}` }]
      : [],
  )
  const unmet = python && !python.fitting.includes(version)
  const other = unmet
    ? [
        {
          what: `Python ${python.wanted}`,
          where: typed,
          why: `the project has Python ${version}, for which some old versions of packages do not exist`,
        },
      ]
    : []
  const names = new Set(packages.map(keyOf))
  return {
    // What is asked for by its real name as well says more there.
    packages: adapted.flatMap(({ text, result }) =>
      'text' in result && (result.text === text || !names.has(keyOf(result.text))) ? [result.text] : [],
    ),
    left: [...left, ...refused, ...renamed, ...other],
  }
}

/** Whether what is brought lies in the directory that becomes the project: then it is there already. */
export function isInPlace({ at }: From, { root }: Target): boolean {
  return existsSync(root) && !path.relative(root, at).startsWith('..')
}

import { lstatSync, statSync } from 'node:fs'
import path from 'node:path'
import { explainSystemError, Failure, systemError } from '../base/errors.js'
import { type Host, refuseLostDirectory } from '../base/host.js'
import { slugOf, whyNotNewName, whyNotOnPath } from '../base/names.js'

/** Where the project goes. */
export interface Target {
  /** The project's directory, absolute. */
  readonly root: string
  /** The directory as the user wrote it, for `cd`. */
  readonly typed: string
  readonly name: string
  /** Whether the directory is there already. */
  readonly exists: boolean
  /** The topmost directory that does not exist yet; the root itself where only that is missing. */
  readonly firstMissing: string
  /** Characters in the path that old versions of Nix cannot take. */
  readonly unusual: boolean
}

/**
 * Resolves what the user typed to a directory.
 *
 * @throws {Failure} where no project can be there, with the reason
 */
export function resolveTarget(typedText: string, host: Host): Target {
  const typed = expandHome(typedText.trim(), host)
  if (!typed) throw refusal('The directory needs a name.', 'my-lab')
  const hasControl = /\p{Cc}/u.test(typed)
  if (hasControl) throw refusal('The name of the directory contains a control character, such as a line break.')
  refuseLostDirectory(host)
  if (/(^|[\\/])\.\.[\\/]*$/.test(typed))
    throw refusal(`"${typed}" is the parent directory; give the new one a name.`, 'my-lab')

  const root = path.resolve(host.cwd, typed)
  const parts = root.slice(path.parse(root).root.length).split(path.sep).filter(Boolean)
  const name = parts.at(-1)
  if (!name) throw refusal('The root of the disk cannot become a project.', 'my-lab')

  const existing = existingPart(root, parts)
  const missing = parts.slice(existing.count)
  for (const part of missing) refuseNewName(part, !/[\\/]/.test(typed))
  const reason = whyNotOnPath(parts)
  if (reason) throw new Failure('usage', reason.message, { next: [reason.next] })
  return {
    root,
    typed: typed.replace(/(?<=.)[\\/]+$/, ''),
    name,
    exists: missing.length === 0,
    firstMissing: path.join(existing.path, missing[0] ?? ''),
    unusual: /[^A-Za-z0-9._/\\-]/.test(parts.join('/')),
  }
}

/** A shell expands `~/`; at a prompt, and inside quotes, nobody does. */
export function expandHome(typed: string, host: Host): string {
  const home = host.env.HOME
  return home && /^~[\\/]/.test(typed) ? path.join(home, typed.slice(2)) : typed
}

/** The deepest directory of the path that is there already, and how many of the parts it takes. */
function existingPart(root: string, parts: readonly string[]): { path: string; count: number } {
  let current = root
  let count = parts.length
  while (count > 0 && !isThere(current)) {
    current = path.dirname(current)
    count -= 1
  }
  if (statSync(current, { throwIfNoEntry: false })?.isDirectory()) return { path: current, count }
  throw new Failure('conflict', `${current} already exists and is not a directory.`, {
    next: ['Next: choose another name.'],
  })
}

/** Whether there is something at this path, be it a link to nowhere; below a file there is nothing. */
function isThere(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined
  } catch (error) {
    if (systemError(error).code === 'ENOTDIR') return false
    throw explainSystemError(error, file)
  }
}

function refuseNewName(name: string, bare: boolean): void {
  const reason = whyNotNewName(name, bare)
  if (!reason) return
  const slug = slugOf(name, [])
  // A reserved word would be its own suggestion.
  throw refusal(`Cannot create a directory "${name}": ${reason}.`, whyNotNewName(slug, true) ? `${slug}-lab` : slug)
}

function refusal(message: string, suggestion = ''): Failure {
  return new Failure('usage', message, { next: suggestion ? [`For example: ${suggestion}`] : [] })
}

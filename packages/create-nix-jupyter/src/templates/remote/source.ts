import path from 'node:path'
import type { Host } from '../../base/host.js'
import { shellQuote } from '../../base/shell.js'

/** A template that is not built in: a directory on this machine, or one that degit can fetch. */
export type Source =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'remote'; readonly address: string }

const HOSTED = /^((github|gitlab|bitbucket|git\.sr\.ht):|git\.sr\.ht\/)?[\w.~-]+\/[\w.-]+(\/[\w./ -]+)?(#[\w./-]+)?$/
const ADDRESS = /^(https:\/\/|ssh:\/\/git@|git@)[\w.-]+[:/][\w.~/-]+(#[\w./-]+)?$/

/** Reads where a template is; undefined when the text can only be the name of a built-in one. */
export function sourceOf(typed: string, host: Host): Source | undefined {
  if (/^(\.{1,2}|~)?\//.test(typed) || typed === '.' || typed === '..') {
    const expanded = typed.startsWith('~/') ? path.join(host.env.HOME ?? '~', typed.slice(2)) : typed
    return { kind: 'directory', path: path.resolve(host.cwd, expanded) }
  }
  if (typed.split(/[/#]/).includes('..')) return undefined
  return HOSTED.test(typed) || ADDRESS.test(typed) ? { kind: 'remote', address: typed } : undefined
}

/** The address of exactly one state of a remote template. */
export function pinned(address: string, commit: string): string {
  return `${address.replace(/#.*$/, '')}#${commit}`
}

/** What to type for a repository that is not read from where it is. */
export function cloneFirst(address: string): string {
  const [url = '', ref] = address.split('#')
  const branch = ref ? `--branch ${shellQuote(ref)} ` : ''
  return `Next: git clone ${branch}${shellQuote(url)} my-template    (and then: --template ./my-template)`
}

import { Failure } from '../base/errors.js'
import type { Host } from '../base/host.js'
import { nearest } from '../base/nearest.js'
import { RECORD } from '../base/own-names.js'
import { foreignTemplate } from '../questions/answers.js'
import { manifests, type Template } from '../templates/manifests.js'
import { fillForeign } from '../templates/remote/fill.js'
import { type Foreign, fetchForeign } from '../templates/remote/foreign.js'
import { renderTemplate } from '../templates/render.js'
import type { Past } from './past.js'
import type { RenderAll } from './plan.js'

/** Where the files of a project come from: a template of this version, or a remote one in one state. */
export interface Origin {
  readonly template: Template
  readonly render: RenderAll
  /** How it is called beside what it has made. */
  readonly label: string
  /** The remote template, as it was read. */
  readonly foreign?: Foreign
}

/** With what is searched. */
export interface Search {
  readonly host: Host
  /** Nothing is fetched. */
  readonly offline: boolean
  readonly signal?: AbortSignal | undefined
}

/**
 * The template of a project. A remote one is fetched where it is not in the cache.
 *
 * @param state which state of a remote template: the one that the project was made from, or the newest one of its branch or tag
 * @throws {Failure} where it is not to be had
 */
export async function originOf(past: Past, state: 'recorded' | 'newest', search: Search): Promise<Origin> {
  const { host, offline, signal } = search
  const manifest = manifests.find(({ id }) => id === past.template)
  if (manifest) {
    const render: RenderAll = (values, features) => renderTemplate(manifest, features, values)
    return { template: manifest, render, label: PROGRAM_VERSION }
  }
  const template = foreignTemplate(past.template, host)
  if (!template?.source) throw unknownTemplate(past)
  const source = followed(template.source, past.ref)
  const wanted = state === 'newest' ? source : template.source
  const foreign = await fetchForeign(wanted, { host, offline, signal, isAgain: true })
  return {
    template: { ...template, id: foreign.id, source },
    render: async (values) => fillForeign(foreign.files, values),
    label: labelOf(foreign.id),
    foreign,
  }
}

/** The branch or tag that the user has named; what both sites call HEAD where none was. */
function followed(source: NonNullable<Template['source']>, ref: string | undefined): typeof source {
  if (source.kind === 'directory') return source
  return { ...source, address: source.address.replace(/#.*$/, ref ? `#${ref}` : '') }
}

/** What a project was made by, or from. */
export function pastLabel({ template, version }: Past): string {
  return manifests.some(({ id }) => id === template) ? version : labelOf(template)
}

/** The address with as much of the commit as people write. */
function labelOf(id: string): string {
  return id.replace(/#([0-9a-f]{7})[0-9a-f]{33,}$/, '#$1')
}

function unknownTemplate({ template, version }: Past): Failure {
  const ids = manifests.map(({ id }) => id)
  const meant = nearest(template, ids)
  return new Failure('usage', `${RECORD} names the template "${template}", which this version does not have.`, {
    next:
      version === PROGRAM_VERSION
        ? [...(meant ? [`Did you mean "${meant}"? Then correct it there.`] : []), `Available: ${ids.join(', ')}`]
        : [`Next: keep using create-nix-jupyter@${version} for it`],
  })
}

import type { Additions, Json } from './additions.js'
import { escapes } from './escape.js'
import { fillSlots, loadDirectory, type TemplateFile, type Values } from './load.js'

/** A feature with all that it gives to a project. */
export interface Feature extends Additions {
  readonly id: string
  readonly files: readonly TemplateFile[]
}

/**
 * Loads features, and none but those.
 *
 * @throws {Failure} where the installed program is damaged
 */
export function loadFeatures(ids: readonly string[]): Promise<Feature[]> {
  return Promise.all(
    ids.map(async (id) => {
      const { files, additions } = await loadDirectory(`features/${id}`, 'feature')
      return { ...NOTHING, ...additions, id, files }
    }),
  )
}

const NOTHING: Additions = {
  python: [],
  tools: [],
  services: {},
  attributes: [],
  settings: {},
  section: '',
  agents: '',
}

/** What templates see of the features, ready to be written. */
export function valuesOf(
  features: readonly Feature[],
  slug: string,
): Pick<Values, 'features' | 'tools' | 'services' | 'attributes' | 'sections' | 'agents'> {
  return {
    features: features.map(({ id }) => id),
    tools: [...new Set(features.flatMap(({ tools }) => tools))].map((tool) => `pkgs.${tool}`),
    services: features.flatMap(({ services }) => Object.entries(services).flatMap(serviceLines)),
    attributes: features.flatMap(({ attributes }) => attributes),
    sections: features.flatMap(({ section }) => (section ? [fillSlots(section, slug)] : [])),
    agents: features.flatMap(({ agents }) => (agents ? [agents] : [])),
  }
}

/** A service, as lines for flake.nix. */
function serviceLines([name, options]: [string, Readonly<Record<string, string | boolean>>]): string[] {
  return Object.entries(options).map(([option, value]) => {
    const written = typeof value === 'string' ? `"${escapes.nix(value)}"` : value
    return `services.${name}.${option} = ${written};`
  })
}

/** A JSON file with the settings of features in it; objects are merged, and of all else the later one counts. */
export function withSettings(content: Buffer, settings: readonly Json[]): Buffer {
  if (settings.length === 0) return content
  const merged = settings.reduce<Json>(mergeJson, JSON.parse(content.toString()))
  return Buffer.from(`${JSON.stringify(merged, null, 2)}\n`)
}

function mergeJson(base: Json | undefined, added: Json): Json {
  if (!isObject(base) || !isObject(added)) return added
  const entries = Object.entries(added).map(([key, value]) => [key, mergeJson(base[key], value)] as const)
  return { ...base, ...Object.fromEntries(entries) }
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

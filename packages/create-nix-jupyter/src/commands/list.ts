import { features, manifests } from '../templates/manifests.js'

interface Listed {
  readonly id: string
  readonly hint: string
}

/** The templates and the features, for people. */
export function listText(): string {
  const width = Math.max(...[...manifests, ...features].map(({ id }) => id.length)) + 2
  const lines = (listed: readonly Listed[]) => listed.map(({ id, hint }) => `${id.padEnd(width)}${hint}`)
  return [...lines(manifests), ...(features.length > 0 ? ['', 'Features (--with):', ...lines(features)] : [])].join(
    '\n',
  )
}

/** The templates and the features, for programs. */
export function listJson(): string {
  const ids = manifests.map(({ id }) => id)
  return JSON.stringify(
    {
      templates: manifests.map(({ id, title, hint, python }) => ({ id, title, hint, python })),
      features: features.map(({ id, title, hint, default: isDefault = false, templates = ids }) => ({
        id,
        title,
        hint,
        default: isDefault,
        templates,
      })),
    },
    null,
    2,
  )
}

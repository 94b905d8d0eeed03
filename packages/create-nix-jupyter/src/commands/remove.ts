import { Failure } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import type { ChangeCommand } from './change-command.js'
import { packageCommand } from './change-words.js'

/** The same project without some of its features. */
export const remove: ChangeCommand = {
  name: 'remove',
  words: 'own',
  wanted: (before, { words }) => {
    const named = words
      .slice(1)
      .flatMap((word) => word.split(','))
      .filter(Boolean)
    const unknown = named.find((id) => !before.features.includes(id))
    if (named.length === 0 || unknown !== undefined) {
      const message = unknown === undefined ? 'Which feature?' : `The project does not have the feature "${unknown}".`
      const meant = unknown === undefined ? undefined : nearest(unknown, before.features)
      const has = before.features.length > 0 ? `It has: ${before.features.join(', ')}` : 'It has none.'
      const next = [...(meant ? [`Did you mean "${meant}"?`] : []), has]
      throw new Failure('usage', message, {
        next: unknown === undefined ? next : [...next, packageCommand('remove', named)],
      })
    }
    return { ...before, features: before.features.filter((id) => !named.includes(id)) }
  },
}

import { Failure } from '../base/errors.js'
import type { ChangeCommand } from './change.js'

/** The same project without some of its features. */
export const remove: ChangeCommand = {
  name: 'remove',
  takes: [],
  words: 'own',
  wanted: (before, { words }) => {
    const named = words
      .slice(1)
      .flatMap((word) => word.split(','))
      .filter(Boolean)
    const unknown = named.find((id) => !before.features.includes(id))
    const features = before.features.join(', ')
    if (named.length === 0 || unknown !== undefined) {
      const message = unknown === undefined ? 'Which feature?' : `The project does not have the feature "${unknown}".`
      throw new Failure('usage', message, { next: [features ? `It has: ${features}` : 'It has none.'] })
    }
    return { ...before, features: before.features.filter((id) => !named.includes(id)) }
  },
}

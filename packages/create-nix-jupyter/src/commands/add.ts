import { Failure } from '../base/errors.js'
import { exactly, parseFeatures } from '../questions/features.js'
import type { ChangeCommand } from './change-command.js'
import { packageCommand } from './change-words.js'

/** The same project with more features. */
export const add: ChangeCommand = {
  name: 'add',
  words: 'own',
  wanted: (before, { words }) => {
    const named = featuresIn(words.slice(1))
    if (named.length === 0) {
      throw new Failure('usage', 'Which feature?', { next: ['Available: npx create-nix-jupyter list'] })
    }
    return { ...before, features: [...new Set([...before.features, ...named])].sort() }
  },
}

function featuresIn(words: readonly string[]): string[] {
  try {
    return parseFeatures(exactly(words))
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw new Failure('usage', error.message, { next: [...error.next, packageCommand('add', words)] })
  }
}

import { cancel, confirm, intro, isCancel, outro, select, text } from '@clack/prompts'
import type { Ask, Question } from './answers.js'
import { Failure, throwIfStopped } from './errors.js'

/** A conversation in a terminal. */
export interface Conversation {
  readonly ask: Ask
  /** Closes the frame around the questions. */
  readonly end: () => void
}

/** Begins to ask; Ctrl-C and Escape end the run at any question, with nothing made. */
export function converse(signal: AbortSignal): Conversation {
  intro('create-nix-jupyter')
  let asked = false
  return {
    ask: async (question) => {
      asked = true
      const answer = await put(question, signal)
      if (!isCancel(answer)) return answer
      cancel('Stopped. Nothing was made.')
      throwIfStopped(signal)
      throw new Failure('interrupted', '')
    },
    end: () => {
      if (asked) outro('Thank you, that is all.')
    },
  }
}

function put(question: Question, signal: AbortSignal) {
  const { option, choices, initial, check } = question
  const message = option.question ?? option.name
  switch (option.kind) {
    case 'boolean':
      return confirm({ message, initialValue: initial === true, signal })
    case 'choice':
      return select({ message, options: [...choices], initialValue: String(initial), signal })
    default: {
      const initialText = String(initial)
      const validate = (value: string | undefined) => check(value?.trim() || initialText)
      return text({ message, placeholder: initialText, defaultValue: initialText, validate, signal })
    }
  }
}

import { cancel, confirm, intro, isCancel, log, outro, select, text } from '@clack/prompts'
import type { Question } from './answers.js'
import type { Choice } from './options.js'

// Built as a file of its own, loaded only where somebody is asked. It may import types from this program, but no values:
// those would be there twice.

/** A conversation in a terminal. */
export interface Conversation {
  /** Puts a question; undefined when the person leaves. */
  readonly ask: (question: Question) => Promise<string | boolean | undefined>
  /** Shows a text between two questions. */
  readonly show: (text: string) => void
  /** Closes the frame around the questions. */
  readonly end: () => void
}

/** Begins to ask. Ctrl-C, Escape and the signal leave at any question. */
export function converse(signal: AbortSignal): Conversation {
  let asked = false
  return {
    ask: async (question) => {
      if (!asked) intro('create-nix-jupyter')
      asked = true
      const answer = await put(question, signal)
      if (!isCancel(answer)) return answer
      cancel('Stopped. Nothing was made.')
      return undefined
    },
    show: (text) => log.message(text),
    end: () => {
      if (asked) outro('Thank you, that is all.')
    },
  }
}

function put(question: Question, signal: AbortSignal) {
  const { option, message, choices, initial, check } = question
  switch (option.kind) {
    case 'boolean':
      return confirm({ message, initialValue: initial === true, signal })
    case 'choice':
      // As part of the label a hint is there for every choice, not for the one under the cursor only.
      return select({ message, options: choices.map(described), initialValue: String(initial), signal })
    default: {
      const initialText = String(initial)
      const validate = (value: string | undefined) => check(value?.trim() || initialText)
      return text({ message, placeholder: initialText, defaultValue: initialText, validate, signal })
    }
  }
}

function described({ value, label, hint }: Choice): { value: string; label: string } {
  return { value, label: hint ? `${label}: ${hint}` : label }
}

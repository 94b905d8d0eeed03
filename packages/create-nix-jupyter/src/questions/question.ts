import type { Choice } from '../input/options.js'

/** A question, as data; asking it is the business of a conversation. */
export interface Question {
  /** What an answer is: a typed text, one of the choices, or yes and no. */
  readonly kind: 'text' | 'choice' | 'boolean'
  /** What has to be read before one can answer. */
  readonly note?: string
  readonly message: string
  /** None but where the kind is a choice. */
  readonly choices?: readonly Choice[]
  readonly initial: string | boolean
  /** Why a typed value is refused, or undefined. */
  readonly check?: (value: string) => string | undefined
}

/** Puts a question to a person. */
export type Ask = (question: Question) => Promise<string | boolean>

/** A conversation in a terminal. */
export interface Conversation {
  /** Puts a question; undefined when the person leaves. */
  readonly ask: (question: Question) => Promise<string | boolean | undefined>
  /** Closes the frame around the questions. */
  readonly end: () => void
}

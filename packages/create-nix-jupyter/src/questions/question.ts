import type { Choice } from '../input/options.js'

/** What a person says: a text or the value of a choice, yes or no, or the values of several choices. */
export type Answer = string | boolean | readonly string[]

/** A question, as data; asking it is the business of a conversation. */
export interface Question {
  /** What an answer is: a typed text, one of the choices, any number of them, or yes and no. */
  readonly kind: 'text' | 'choice' | 'several' | 'boolean'
  /** What has to be read before one can answer. */
  readonly note?: string
  readonly message: string
  /** None but where the kind is a choice, or several. */
  readonly choices?: readonly Choice[]
  readonly initial: Answer
  /** Why a typed text, or several choices together, are refused, or undefined. */
  readonly check?: (value: string | readonly string[]) => string | undefined
}

/** Puts a question to a person. */
export type Ask = (question: Question) => Promise<Answer>

/** A conversation in a terminal. */
export interface Conversation {
  /** Puts a question; undefined when the person leaves. */
  readonly ask: (question: Question) => Promise<Answer | undefined>
  /** Closes the frame around the questions. */
  readonly end: () => void
}

import type { Choice, Option } from '../input/options.js'

/** A question, as data; asking it is the business of a conversation. */
export interface Question {
  readonly option: Option
  readonly message: string
  readonly choices: readonly Choice[]
  readonly initial: string | boolean
  /** Why a typed value is refused, or undefined. */
  readonly check: (value: string) => string | undefined
}

/** Puts a question to a person. */
export type Ask = (question: Question) => Promise<string | boolean>

/** A conversation in a terminal. */
export interface Conversation {
  /** Puts a question; undefined when the person leaves. */
  readonly ask: (question: Question) => Promise<string | boolean | undefined>
  /** Shows a text between two questions. */
  readonly show: (text: string) => void
  /** Closes the frame around the questions. */
  readonly end: () => void
}

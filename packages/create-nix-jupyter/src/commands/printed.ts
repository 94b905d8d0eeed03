/** What a command came to. */
export interface Printed {
  readonly text: string
  readonly exitCode: number
  /** What to know beside it, for people. */
  readonly warnings?: readonly string[]
}

/** Why a template is not taken; `code` says which kind of reason it is. */
export type RefusalCode =
  | 'REFUSED'
  | 'DAMAGED'
  | 'NOT_FOUND'
  | 'NOT_CACHED'
  | 'NO_DIRECTORY'
  | 'UNREACHABLE'
  | 'NO_GIT'
  | 'DISK'

/** An ending that was foreseen, inside the part that reads remote templates. */
export class Refusal extends Error {
  readonly code: RefusalCode

  constructor(code: RefusalCode, message: string) {
    super(message)
    this.code = code
  }
}

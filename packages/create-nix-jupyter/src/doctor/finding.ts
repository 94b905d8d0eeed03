import faults from './faults.json' with { type: 'json' }

/** All is well, or what is wrong in one sentence and the one command that fixes it. The same shape as that of `lab doctor --json`. */
export interface Finding {
  readonly name: string
  readonly ok: boolean
  readonly message: string
  readonly fix: string | null
}

/** The faults that are known, by name. */
export type Fault = keyof typeof faults

/** All is well with this. */
export function good(name: string, message: string): Finding {
  return { name, ok: true, message, fix: null }
}

/** A fault of the list, with its slots filled in. */
export function fault(name: Fault, slots: Readonly<Record<string, string>> = {}): Finding {
  const fill = (text: string) => text.replace(/\{([a-z]+)\}/g, (slot, key: string) => slots[key] ?? slot)
  const { cause, fix } = faults[name]
  return { name, ok: false, message: fill(cause), fix: fill(fix) }
}

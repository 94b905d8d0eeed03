import { styleText } from 'node:util'
import type { Host } from './host.js'

/** Marks text where the terminal shows colours, else leaves it alone. */
export interface Paint {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
}

/** Colours for a stream, or none: `NO_COLOR`, a dumb terminal and a pipe show plain text. */
export function paintFor(stream: { readonly isTTY?: boolean }, { env }: Host): Paint {
  const colours = stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'
  const as = (style: 'bold' | 'dim' | 'green' | 'red') => (text: string) => (colours ? styleText(style, text) : text)
  return { bold: as('bold'), dim: as('dim'), good: as('green'), bad: as('red') }
}

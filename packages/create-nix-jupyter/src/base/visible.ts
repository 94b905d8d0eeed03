const HIDDEN = /[^\P{Cc}\n]|[\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu

/**
 * Text that somebody else wrote, as a terminal may have it: control characters, and those that turn the reading direction or
 * cannot be seen, stand there as `\u{1b}`.
 */
export function visible(text: string): string {
  return text.replace(HIDDEN, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}

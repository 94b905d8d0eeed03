/** The kinds of text that a value can be put into; a template's extension decides which (see build/ejs.mjs). */
export type EscapeTarget = 'nix' | 'json' | 'toml' | 'python' | 'markdown'

/** One function per target: what it returns stands for exactly the given text, inside that target's quotes. */
export const escapes: Record<EscapeTarget, (value: unknown) => string> = {
  nix: (value) => escapeNix(String(value)),
  json: (value) => quoteBody(String(value)),
  toml: (value) => escapeDelete(quoteBody(String(value))),
  python: (value) => escapeDelete(quoteBody(String(value))),
  markdown: (value) => escapeMarkdown(String(value)),
}

/** The inside of a double-quoted Nix string: `\`, `"` and every `$` that could open an interpolation. */
function escapeNix(text: string): string {
  return text
    .replace(/[\\"$]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
}

/** The inside of a JSON string; TOML basic strings and Python strings read the same escapes. */
function quoteBody(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** JSON leaves DEL as it is, TOML does not allow it. */
function escapeDelete(text: string): string {
  return text.replaceAll('\u007f', '\\u007f')
}

/** Markdown text on one line: nothing in it becomes emphasis, a link, code, HTML, a list or a heading. */
function escapeMarkdown(text: string): string {
  return text
    .replace(/[\r\n\t]+/g, ' ')
    .replace(/[\\`*_[\]<>&|~$#]/g, '\\$&')
    .replace(/^(\s*)([-+=])/, '$1\\$2')
    .replace(/^(\s*\d+)([.)])(?=\s|$)/, '$1\\$2')
}

/** Whether bytes are text that can be merged by lines. */
export function isText(content: Buffer): boolean {
  if (content.includes(0)) return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(content)
    return true
  } catch {
    return false
  }
}

/** Whether every line ends as on Windows: then the whole file was converted, which is no edit. */
export function hasWindowsLines(content: Buffer): boolean {
  const text = content.toString('latin1')
  return text.includes('\r\n') && !/(^|[^\r])\n/.test(text) && !content.includes(0)
}

/** The content with the ends of lines that this program writes, where all of them are those of Windows. */
export function withUnixLines(content: Buffer): Buffer {
  return hasWindowsLines(content) ? Buffer.from(content.toString('latin1').replaceAll('\r\n', '\n'), 'latin1') : content
}

/** The same text with the ends of lines that Windows writes. */
export function toWindowsLines(content: Buffer): Buffer {
  return Buffer.from(content.toString('latin1').replaceAll('\n', '\r\n'), 'latin1')
}

/** The lines with which git marks a conflict, but the one in the middle, which Markdown has as well. */
const MARKER = /^(<{7}|\|{7}|>{7})( |\r?$)/m

/** Whether conflict markers are left in a text. */
export function hasMarkers(content: Buffer): boolean {
  return MARKER.test(content.toString('latin1'))
}

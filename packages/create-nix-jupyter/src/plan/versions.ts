const VERSION = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]{1,100}))?$/

/** Whether a text is a version of this program, such as 1.2.3 or 1.2.3-first. */
export function isVersion(text: string): boolean {
  return VERSION.test(text)
}

/** Whether a version is newer than another one, by the rules of npm. */
export function isNewer(version: string, than: string): boolean {
  const [mine, other] = [partsOf(version), partsOf(than)]
  for (const [index, number] of mine.numbers.entries()) {
    const against = other.numbers[index] ?? 0
    if (number !== against) return number > against
  }
  // 1.0.0-beta comes before 1.0.0.
  if (!mine.preview || !other.preview) return !mine.preview && other.preview !== ''
  return comparePreviews(mine.preview.split('.'), other.preview.split('.')) > 0
}

function partsOf(version: string) {
  const [, major, minor, patch, preview = ''] = VERSION.exec(version) ?? []
  return { numbers: [Number(major), Number(minor), Number(patch)], preview }
}

function comparePreviews(mine: readonly string[], other: readonly string[]): number {
  for (const [index, word] of mine.entries()) {
    const against = other[index]
    if (against === undefined) return 1
    if (word === against) continue
    const [isNumber, againstIsNumber] = [/^\d+$/.test(word), /^\d+$/.test(against)]
    if (isNumber && againstIsNumber) return Number(word) - Number(against)
    if (isNumber !== againstIsNumber) return isNumber ? -1 : 1
    return word < against ? -1 : 1
  }
  return mine.length - other.length
}

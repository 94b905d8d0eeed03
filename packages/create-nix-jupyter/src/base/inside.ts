/** Whether a text that was read is a relative path, with slashes, that stays below where it begins and away from git's own. */
export function isPathInside(value: unknown): value is string {
  if (typeof value !== 'string' || /[\0\\]/.test(value)) return false
  return value.split('/').every((part) => !/^(\.{0,2}|\.git)$/i.test(part))
}

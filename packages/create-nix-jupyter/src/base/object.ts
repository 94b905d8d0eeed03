/** Whether a value that was read is an object of names and values, as JSON, TOML and YAML have it. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

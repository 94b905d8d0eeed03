import { parse } from 'smol-toml'
import { isObject } from '../base/object.js'
import { readText } from './text.js'

/** A table of TOML, whatever is in it. */
export type Table = Record<string, unknown>

/** @throws a system error, or an error of the TOML parser with the line in it */
export function readToml(file: string): Table {
  const toml: unknown = parse(readText(file))
  return isObject(toml) ? toml : {}
}

/** A table in a table; an empty one where there is none. */
export function tableIn(table: Table, name: string): Table {
  const value = table[name]
  return isObject(value) ? value : {}
}

export function stringsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []
}

import type catalogue from '../../../../templates/shared/nix/lab/checks/doctor.json'
import { loadText } from '../templates/load.js'

/** All is well, or what is wrong in one sentence and the one command that fixes it. The same shape as that of `lab doctor --json`. */
export interface Finding {
  readonly name: string
  readonly ok: boolean
  readonly message: string
  readonly fix: string | null
}

/** The lines of the catalogue, by name. */
export type Line = keyof typeof catalogue

/** Says a line of the catalogue, with its slots filled in. */
export type Say = (name: Line, slots?: Readonly<Record<string, string>>) => Finding

type Text = { readonly good?: string; readonly problem?: string; readonly fix?: string }

/**
 * Reads the catalogue, which is a file of each project: its own `lab doctor` reads it too.
 *
 * @throws {Failure} where the installed program is damaged
 */
export async function loadCatalogue(): Promise<Say> {
  const lines: Readonly<Record<Line, Text>> = JSON.parse(
    await loadText('templates/shared', 'nix/lab/checks/doctor.json'),
  )
  return (name, slots = {}) => {
    const fill = (text: string) => text.replace(/\{([a-z]+)\}/g, (slot, key: string) => slots[key] ?? slot)
    const { good, problem = '', fix } = lines[name]
    return { name, ok: good !== undefined, message: fill(good ?? problem), fix: fix === undefined ? null : fill(fix) }
  }
}

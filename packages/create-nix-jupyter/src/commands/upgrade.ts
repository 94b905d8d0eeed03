import type { ChangeCommand } from './change.js'

/** The same project, as this version makes it. */
export const upgrade: ChangeCommand = {
  name: 'upgrade',
  takes: [],
  words: 'directory',
  wanted: (before) => before,
}

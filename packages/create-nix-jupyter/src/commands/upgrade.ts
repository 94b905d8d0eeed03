import type { ChangeCommand } from './change-command.js'

/** The same answers, with this version, and with what a remote template has today. */
export const upgrade: ChangeCommand = {
  name: 'upgrade',
  takes: [],
  words: 'directory',
  wanted: (before) => ({ ...before, state: 'newest' }),
}

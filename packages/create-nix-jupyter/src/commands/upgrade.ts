import type { ChangeCommand } from './change-command.js'

/** The same answers, with this version, and with what a remote template has today. */
export const upgrade: ChangeCommand = {
  name: 'upgrade',
  words: 'directory',
  wanted: (before) => ({ ...before, state: 'newest' }),
}
